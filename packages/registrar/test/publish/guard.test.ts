import assert from 'node:assert/strict';
import { EmbeddedStore } from '@callsign/catalog';
import { silentLog } from '@callsign/daemon';
import { ManualClock } from '../../../../test/support/clock.ts';
import { eventually } from '../../../../test/support/wait.ts';
import { Guard } from '../../src/publish/guard.ts';

describe('guard of our records', () => {
  it('looks again soon when a watch ends that has lasted, however often one has ended before', async () => {
    const clock = new ManualClock();
    const store = await EmbeddedStore.open();
    const stop = new AbortController();
    let [missed, watch] = [0, new AbortController()];
    const guard = new Guard({
      store: Object.assign(Object.create(store), {
        watch: (prefix: string, after: number) => {
          watch = new AbortController();
          return store.watch(prefix, after, watch.signal);
        },
      }),
      prefix: 'docker/',
      log: silentLog,
      clock,
      onBatch: () => undefined,
      onMissed: () => {
        missed += 1;
        void watched();
      },
    });
    const watched = async () => guard.read((await store.list('')).revision);
    /** Ends the watch; how long it takes until the store is to be read again, in milliseconds. */
    const ended = async () => {
      const [before, began] = [missed, clock.monotonic()];
      await eventually(async () => {
        watch.abort();
        await clock.advance(100);
        assert.ok(missed > before);
      });
      return clock.monotonic() - began;
    };
    const running = guard.run(stop.signal).catch(() => undefined);
    await watched();
    for (let times = 0; times < 10; times += 1) await ended();
    await clock.advance(3_600_000);
    const waited = await ended();
    assert.ok(waited <= 1_000, `${waited} ms`);
    stop.abort();
    watch.abort();
    await running;
    await store.close();
  });
});
