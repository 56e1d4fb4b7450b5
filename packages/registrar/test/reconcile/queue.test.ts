import assert from 'node:assert/strict';
import { DirtyQueue } from '../../src/reconcile/queue.ts';

describe('dirty queue', () => {
  it('works on one key by one worker, on several keys at once, and never on more than the bound', async () => {
    const busy = new Map<string, number>();
    const done: string[] = [];
    let most = 0;
    const queue = new DirtyQueue(async (key) => {
      busy.set(key, (busy.get(key) ?? 0) + 1);
      assert.equal(busy.get(key), 1);
      most = Math.max(most, busy.size);
      await new Promise(setImmediate);
      busy.delete(key);
      done.push(key);
    }, 3);
    const keys = ['a', 'b', 'c', 'd', 'e'];
    for (let round = 0; round < 5; round += 1) {
      for (const key of keys) queue.mark(key);
      await Promise.resolve();
    }
    await queue.markAll(keys);
    assert.equal(most, 3);
    assert.deepEqual([...new Set(done)].sort(), ['a', 'b', 'c', 'd', 'e']);
    assert.ok(done.length <= 10, 'marks of one key are taken together');
  });

  it('works again on a key that becomes dirty meanwhile', async () => {
    const gate = Promise.withResolvers<void>();
    let times = 0;
    const queue = new DirtyQueue(async () => {
      times += 1;
      if (times === 1) await gate.promise;
    }, 8);
    queue.mark('a');
    queue.mark('a');
    const worked = queue.markAll(['a']);
    gate.resolve();
    await worked;
    assert.equal(times, 2);
  });

  it('works on keys in the order in which they became dirty, and at the end on what did so meanwhile', async () => {
    const begun: string[] = [];
    const queue = new DirtyQueue(async (key) => {
      begun.push(key);
      if (begun.length === 1) for (const again of ['a', 'd']) queue.mark(again);
    }, 1);
    await queue.markAll(['a', 'b', 'c']);
    await queue.markAll(['e', 'f']);
    assert.deepEqual(begun, ['a', 'd', 'b', 'c', 'a', 'e', 'f']);
  });

  it('tells a key that is to be worked on again from one that is worked on', async () => {
    const gate = Promise.withResolvers<void>();
    const queue = new DirtyQueue(() => gate.promise, 1);
    queue.mark('a');
    assert.equal(queue.isDirty('a'), false);
    queue.mark('a');
    assert.equal(queue.isDirty('a'), true);
    gate.resolve();
    await queue.markAll(['b']);
    assert.equal(queue.isDirty('a'), false);
  });

  it('tells when keys have been worked on since, also where there is never an end of work', async () => {
    const begun: string[] = [];
    const gate = Promise.withResolvers<void>();
    const queue = new DirtyQueue(async (key) => {
      begun.push(key);
      queue.mark(key);
      await gate.promise;
      await new Promise(setImmediate);
    }, 2);
    queue.mark('a');
    const worked = queue.markAll(['a', 'b']);
    gate.resolve();
    await worked;
    assert.deepEqual(begun.slice(0, 3), ['a', 'b', 'a']);
    await queue.close();
  });

  it('closes when the work under way is done, and takes no more', async () => {
    const gate = Promise.withResolvers<void>();
    const done: string[] = [];
    const queue = new DirtyQueue(async (key) => {
      await gate.promise;
      done.push(key);
    }, 1);
    queue.mark('a');
    queue.mark('b');
    const worked = queue.markAll(['a', 'b']);
    const closed = queue.close();
    queue.mark('c');
    gate.resolve();
    await Promise.all([closed, worked, queue.markAll(['c'])]);
    assert.deepEqual(done, ['a']);
  });
});
