import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { madeOnce } from './support/made-once.ts';
import { eventually } from './support/wait.ts';

describe('what is made once for a whole run', () => {
  it('is made by the first that wants it, and waited for by all others', async () => {
    let makers = 0;
    const make = async (path: string) => {
      makers += 1;
      await eventually(() => assert.equal(waiting, 3));
      await writeFile(path, 'made');
    };
    let waiting = 0;
    const want = async () => {
      const wanted = madeOnce('shared', make);
      waiting += 1;
      return await readFile(await wanted, 'utf8');
    };
    assert.deepEqual(await Promise.all([want(), want(), want()]), ['made', 'made', 'made']);
    assert.equal(await want(), 'made');
    assert.equal(makers, 1);
  });

  it('is tried by the next when the first fails', async () => {
    await assert.rejects(
      madeOnce('tried', () => Promise.reject(new Error('no room'))),
      /no room/,
    );
    const path = await madeOnce('tried', (part) => writeFile(part, 'made'));
    assert.equal(await readFile(path, 'utf8'), 'made');
  });
});
