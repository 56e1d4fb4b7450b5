import assert from 'node:assert/strict';
import { CallsignError, retry, waitAfter } from '@callsign/daemon';
import { ManualClock } from '../../../test/support/clock.ts';

const passing = (text: string) => new CallsignError('X', text, { retryable: true });

/** Attempts that fail in turn with these, and then succeed. */
function failing(...errors: readonly Error[]) {
  let at = 0;
  return async () => {
    const error = errors[at];
    at += 1;
    if (error !== undefined) throw error;
    return `attempt ${at}`;
  };
}

describe('retry', () => {
  const { signal } = new AbortController();

  it('tries again whatever may pass, and tells of each failure', async () => {
    const clock = new ManualClock();
    const told: string[] = [];
    const onFailure = (error: unknown) => void told.push((error as Error).message);
    const attempt = failing(passing('busy'), new Error('a stranger'));
    const done = retry(attempt, { signal, clock, onFailure });
    await clock.advance(60_000);
    assert.equal(await done, 'attempt 3');
    assert.deepEqual(told, ['busy', 'a stranger']);
  });

  it('tries again soon after an attempt that lasted, however many have failed before', async () => {
    const clock = new ManualClock();
    const waits: number[] = [];
    const ended = new AbortController();
    const attempt = async () => {
      if (waits.length >= 10) await clock.sleep(60_000, ended.signal);
      throw passing('broken');
    };
    const onFailure = (_: unknown, wait: number) => void waits.push(wait);
    const done = retry(attempt, { signal: ended.signal, clock, onFailure });
    const rejected = assert.rejects(done, { name: 'AbortError' });
    await clock.advance(200_000);
    ended.abort();
    await rejected;
    assert.ok((waits[9] ?? 0) >= 5_000, `${waits[9]} ms`);
    assert.ok((waits.at(-1) ?? 0) <= 100, `${waits.at(-1)} ms`);
  });

  it('ends with what no later try would cure', async () => {
    const attempt = failing(new CallsignError('X', 'refused'));
    await assert.rejects(retry(attempt, { signal, clock: new ManualClock() }), /refused/);
  });

  it('ends when it is asked to, while it waits too', async () => {
    const clock = new ManualClock();
    const stop = new AbortController();
    const done = retry(failing(passing('busy')), {
      signal: stop.signal,
      clock,
      onFailure: () => stop.abort(),
    });
    await assert.rejects(done, { name: 'AbortError' });
  });
});

describe('backoff', () => {
  it('grows to its ceiling, and is never in step', () => {
    const backoff = { first: 100, most: 1_000 };
    const waits = [0, 1, 2, 3, 9, 99].map((failures) => waitAfter(failures, backoff, () => 0));
    assert.deepEqual(waits, [50, 100, 200, 400, 500, 500]);
    assert.equal(
      waitAfter(3, backoff, () => 1),
      800,
    );
  });
});
