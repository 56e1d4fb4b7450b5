import assert from 'node:assert/strict';
import { EMPTY_SERVICE, EmbeddedStore, encodeService, put } from '@callsign/catalog';
import { silentLog } from '@callsign/daemon';
import { Metrics } from '@callsign/daemon/metrics';
import { ManualClock } from '../../../../test/support/clock.ts';
import { eventually } from '../../../../test/support/wait.ts';
import { ContainerTraces } from '../../src/container-traces.ts';
import { registrarMetrics } from '../../src/metrics.ts';
import { Publisher } from '../../src/publish/publisher.ts';

describe('publisher', () => {
  const stop = new AbortController();
  const clock = new ManualClock();
  let store: EmbeddedStore;
  let publisher: Publisher;
  let running: Promise<unknown>;

  before(async () => {
    store = await EmbeddedStore.open();
    const watched = {
      log: silentLog,
      metrics: registrarMetrics(new Metrics()),
      traces: new ContainerTraces(),
    };
    const ours = { owner: 'n', domain: 'docker.', lease: 30, beat: 10 };
    publisher = new Publisher({ store, clock, ...ours, ...watched });
    running = publisher.run(stop.signal).catch(() => undefined);
  });

  after(async () => {
    stop.abort();
    await running;
    await publisher.close();
    await store.close();
  });

  function want(container: string): void {
    const value = encodeService({ ...EMPTY_SERVICE, host: '10.0.0.1', callsign: { owner: 'n', container } });
    publisher.want(container, new Map([[`docker/${container}`, value]]));
  }

  async function holds(count: number): Promise<number> {
    return await eventually(async () => {
      const { entries, revision } = await store.list('docker/');
      assert.equal(entries.length, count);
      return revision;
    });
  }

  /** Lets the time pass that a crowd is given to share the next commit. */
  async function crowdOver(): Promise<void> {
    await eventually(() => assert.equal(clock.sleeping, 1));
    await clock.advance(20);
  }

  it('lets nobody wait who comes alone', async () => {
    for (const [at, container] of ['a', 'b', 'c'].entries()) {
      want(container);
      await holds(at + 1);
    }
    assert.equal(clock.sleeping, 0);
  });

  it('lets those who follow a crowd share a commit', async () => {
    for (let at = 0; at < 20; at += 1) want(`crowd${at}`);
    const before = await holds(23);
    await eventually(() => assert.equal(clock.sleeping, 1));
    for (const container of ['d', 'e']) {
      want(container);
      await holds(23);
    }
    await crowdOver();
    assert.equal(await holds(25), before + 1);
  });

  it('makes more of them than a commit takes wait for nothing but the commits', async () => {
    for (let at = 0; at < 300; at += 1) want(`many${at}`);
    await holds(325);
  });

  it('gives one of more records than a commit takes all of them, and takes them all', async () => {
    const value = encodeService({ ...EMPTY_SERVICE, callsign: { owner: 'n', container: 'large' } });
    const records = Array.from({ length: 300 }, (_, at) => [`docker/large/${at}`, value] as const);
    await crowdOver();
    publisher.want('large', new Map(records));
    await holds(625);
    await crowdOver();
    publisher.settle('container');
    publisher.forget('large');
    await holds(325);
  });

  it('deletes what is in our name and for no container, once everything was looked at', async () => {
    const value = encodeService({ ...EMPTY_SERVICE, host: '10.0.0.9', callsign: { owner: 'n' } });
    await put(store, 'docker/left', value);
    await holds(326);
    publisher.doubt();
    publisher.settle('container');
    await crowdOver();
    await holds(325);
  });
});
