import assert from 'node:assert/strict';
import { aborting } from '@callsign/daemon';

describe('a promise with a signal', () => {
  const signal = () => new AbortController();

  it('comes to what it comes to', async () => {
    const { signal: never } = signal();
    assert.equal(await aborting(Promise.resolve(1), never), 1);
    await assert.rejects(aborting(Promise.reject(new Error('failed')), never), /failed/);
  });

  it('is left when the signal fires, and what it comes to afterwards bothers nobody', async () => {
    const [ended, late] = [signal(), Promise.withResolvers<void>()];
    const left = aborting(late.promise, ended.signal);
    ended.abort(new Error('ended'));
    await assert.rejects(left, /ended/);
    late.reject(new Error('nobody hears it'));
  });

  it('is not waited for when the signal has fired already, whatever it comes to', async () => {
    const fired = AbortSignal.abort(new Error('ended'));
    for (const promise of [Promise.resolve(), Promise.reject(new Error('nobody hears it'))]) {
      await assert.rejects(aborting(promise, fired), /ended/);
    }
  });
});
