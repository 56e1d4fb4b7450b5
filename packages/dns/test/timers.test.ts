import assert from 'node:assert/strict';
import { ManualClock } from '../../../test/support/clock.ts';
import { Timers } from '../src/forward/timers.ts';

describe('timers', () => {
  const some = (...all: readonly number[]) => {
    const clock = new ManualClock();
    const timers = new Timers(clock);
    const fired: string[] = [];
    const set = (ms: number) => timers.after(ms, () => fired.push(`${ms} at ${clock.monotonic()}`));
    return { clock, timers, fired, set, made: all.map(set) };
  };

  it('fire in the order of their times, whatever the order in which they were set', async () => {
    const times = Array.from({ length: 200 }, (_, at) => (at * 7_919) % 1_000);
    const { clock, fired } = some(...times);
    await clock.advance(999);
    assert.deepEqual(
      fired,
      times.toSorted((a, b) => a - b).map((ms) => `${ms} at ${ms}`),
    );
  });

  it('do not fire when they are cancelled', async () => {
    const { clock, fired, made } = some(10, 20, 30, 20);
    made[1]?.cancel();
    await clock.advance(100);
    assert.deepEqual(fired, ['10 at 10', '20 at 20', '30 at 30']);
  });

  it('fire when one is set that comes before all others', async () => {
    const { clock, fired, set } = some(100);
    await clock.advance(10);
    set(5);
    await clock.advance(100);
    assert.deepEqual(fired, ['5 at 15', '100 at 100']);
  });

  it('take one sleep of the clock between them, and none once they are closed', async () => {
    const { clock, timers, fired } = some(50, 10, 30, 20);
    await clock.advance(0);
    assert.equal(clock.sleeping, 1);
    timers.close();
    await clock.advance(100);
    assert.deepEqual([clock.sleeping, fired], [0, []]);
  });
});
