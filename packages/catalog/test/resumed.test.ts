import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { CompactedError, StoreUnavailableError } from '@callsign/catalog';
import { ManualClock } from '../../../test/support/clock.ts';
import { type Attempt, resumed, type Told } from '../src/resumed.ts';
import { Follower } from './scene.ts';

describe('a watch that is resumed', () => {
  let clock: ManualClock;
  let ended: AbortController;
  /** When each attempt began, in milliseconds. */
  let attempts: number[];

  beforeEach(() => {
    clock = new ManualClock();
    ended = new AbortController();
    attempts = [];
  });
  afterEach(() => {
    mock.timers.reset();
    ended.abort();
  });

  const follow = (attempt: Attempt) => {
    const noted: Attempt = (...args) => {
      attempts.push(clock.monotonic());
      return attempt(...args);
    };
    return new Follower(resumed(noted, { after: 0, signal: ended.signal, clock }));
  };
  const told = (revision: number, mark = `${revision}`): Told => ({ batch: { revision, changes: [] }, mark });
  const broken = new StoreUnavailableError('broken');
  /** The wait before the last attempt but one that was seen. */
  const lastWait = () => (attempts.at(-1) ?? 0) - (attempts.at(-2) ?? 0);

  it('waits ever longer while each attempt breaks as soon as it is opened', async () => {
    follow(async function* (after, opened) {
      opened();
      yield told(after + 1);
      throw broken;
    });
    await clock.advance(60_000);
    assert.ok(attempts.length < 20, `${attempts.length} attempts in a minute`);
    assert.ok(lastWait() >= 5_000, `${lastWait()} ms`);
  });

  it('begins again soon after an attempt that brought something', async () => {
    const follower = follow(async function* (after) {
      yield told(after + 1);
      yield told(after + 2);
      throw broken;
    });
    await clock.advance(10_000);
    assert.ok(lastWait() <= 100, `${lastWait()} ms`);
    assert.deepEqual(
      follower.batches.map(({ revision }) => revision),
      follower.batches.map((_, at) => at + 1),
    );
  });

  it('begins again soon after an attempt that lasted, however many have broken before', async () => {
    follow(async function* (after, opened) {
      yield told(after + 1);
      if (attempts.length > 15) {
        opened();
        await clock.sleep(5_000);
        opened();
      }
      throw broken;
    });
    await clock.advance(180_000);
    assert.ok(attempts.length > 18);
    assert.ok(lastWait() <= 5_100, `${lastWait()} ms`);
  });

  for (const [what, again] of [
    ['tells something else where it was seen last', told(1, 'other')],
    ['tells nothing where it was seen last', told(2)],
  ] as const) {
    it(`asks for a fresh list of a store that ${what}`, async () => {
      const follower = follow(async function* () {
        yield attempts.length === 1 ? told(1) : again;
        throw broken;
      });
      await clock.advance(1_000);
      await assert.rejects(follower.end, CompactedError);
      assert.deepEqual(
        follower.batches.map(({ revision }) => revision),
        [1],
      );
    });
  }

  it('lets go of a store that is silent where it was seen last, and asks for a fresh list', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const over = Promise.withResolvers<void>();
    const follower = follow(async function* (_, opened, signal) {
      if (attempts.length === 1) yield told(1);
      else {
        opened();
        signal.addEventListener('abort', () => over.resolve());
        await over.promise;
      }
      throw broken;
    });
    await clock.advance(1_000);
    assert.equal(attempts.length, 2);
    mock.timers.tick(5_000);
    await assert.rejects(follower.end, CompactedError);
    await over.promise;
  });

  it('tells once that its store is away for longer than a restart takes, and once that it is there again', async () => {
    const heard: unknown[] = [];
    const listener = { lost: (why: unknown) => heard.push(why), found: () => heard.push('found') };
    const attempt: Attempt = async function* (after, opened) {
      attempts.push(clock.monotonic());
      if (attempts.length === 1 || clock.monotonic() > 60_000) {
        opened();
        yield told(after + 1);
        await clock.sleep(10_000);
      }
      throw broken;
    };
    new Follower(resumed(attempt, { after: 0, signal: ended.signal, clock, listener }));
    await clock.advance(14_000);
    assert.deepEqual(heard, []);
    await clock.advance(46_000);
    assert.deepEqual(heard, [broken]);
    await clock.advance(60_000);
    assert.deepEqual(heard, [broken, 'found']);
  });

  it('asks for a fresh list of a store of which it has seen nothing yet', async () => {
    const follower = follow(async function* (_, opened) {
      opened();
      yield* [];
      throw broken;
    });
    await clock.advance(1_000);
    await assert.rejects(follower.end, CompactedError);
    assert.equal(attempts.length, 1);
  });
});
