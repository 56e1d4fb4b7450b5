import assert from 'node:assert/strict';
import { ConflictError, type Store } from '@callsign/catalog';
import { silentLog, TraceExporter } from '@callsign/daemon';
import { Collector } from '../../../test/support/collector.ts';
import { eventually } from '../../../test/support/wait.ts';
import { redis } from './containers.ts';
import { Rig } from './rig.ts';

const A = redis('a'.repeat(12), '172.17.0.2');
const B = redis('b'.repeat(12), '172.17.0.3');
const INTERNAL = 1;
const CLIENT = 3;
const CONSUMER = 5;

describe('the traces of a registrar', () => {
  let rig: Rig;
  let collector: Collector;
  let traces: TraceExporter;

  beforeEach(async () => {
    rig = await Rig.create();
    collector = await Collector.start();
    const resource = { 'service.name': 'callsign-registrar' };
    traces = new TraceExporter({ collector: new URL(collector.url), resource, log: silentLog });
  });

  afterEach(async () => {
    await rig.close();
    await collector[Symbol.asyncDispose]();
  });

  async function started(store?: Store): Promise<void> {
    await traces.start();
    await rig.start([], store, traces);
    await eventually(() => assert.ok(rig.said('following the Docker Engine').length > 0));
  }

  async function namesAre(count: number): Promise<void> {
    await eventually(async () => assert.equal((await rig.names()).length, count));
  }

  it('lead from an event through inspect and plugins to the commit that made its revision', async () => {
    await started();
    rig.engine.start(A);
    await namesAre(1);
    const { revision } = await rig.store.list('');
    await traces.close();
    const [root] = collector.named('container');
    assert.deepEqual(
      [collector.named('container').length, root?.kind, root?.parentSpanId],
      [1, CONSUMER, undefined],
    );
    const names = ['aaaaaaaaaaaa.node1.default.redis-aaaaaaaaaaaa.redis.dev.docker.'];
    assert.deepEqual(root?.attributes, {
      'container.id': A.id,
      'container.name': 'redis-aaaaaaaaaaaa',
      'callsign.events': ['start'],
      'callsign.names': names,
    });
    // A container may be looked at more than once before it is seen whole.
    const parts = ['inspect', 'plugins', 'commit'].map((name) => collector.named(name).at(-1));
    assert.deepEqual(
      parts.map((part) => [part?.name, part?.kind, part?.parentSpanId, part?.attributes]),
      [
        ['inspect', CLIENT, root?.spanId, {}],
        [
          'plugins',
          INTERNAL,
          root?.spanId,
          { 'callsign.state': 'published', 'callsign.names': names, 'callsign.plugin': 'default.js' },
        ],
        ['commit', CLIENT, root?.spanId, { 'callsign.revision': revision }],
      ],
    );
    assert.ok(parts.every((part) => part?.traceId === root?.traceId));
  });

  it('are one for each container, also where they share a commit, and end where nothing changes', async () => {
    await started();
    for (const container of [A, B]) rig.engine.start(container);
    await namesAre(2);
    rig.engine.tell(A.id, 'health_status: healthy');
    await eventually(() => assert.equal(collector.named('container').length, 3));
    rig.engine.remove(B);
    await namesAre(1);
    await traces.close();
    assert.equal(new Set(collector.named('container').map(({ traceId }) => traceId)).size, 4);
    assert.equal(collector.named('commit').length, 3);
  });

  it('begin with the first list, too', async () => {
    rig.engine.start(A);
    await started();
    await namesAre(1);
    await traces.close();
    const [reconcile] = collector.named('reconcile');
    const attributes = { 'callsign.containers': 1, 'callsign.looks': 1 };
    assert.deepEqual([reconcile?.parentSpanId, reconcile?.attributes], [undefined, attributes]);
    const lists = collector.named('list').map(({ kind, parentSpanId }) => [kind, parentSpanId]);
    assert.deepEqual(lists, [[CLIENT, reconcile?.spanId]]);
    const [container] = collector.named('container');
    assert.deepEqual(container?.attributes['callsign.events'], ['list']);
    assert.equal(collector.named('commit')[0]?.parentSpanId, container?.spanId);
  });

  it('tell of a commit that failed, and go on to the one that did not', async () => {
    let failures = 1;
    const failing: Store = Object.assign(Object.create(null), {
      list: rig.store.list.bind(rig.store),
      grant: rig.store.grant.bind(rig.store),
      commit: (...args: Parameters<Store['commit']>) => {
        failures -= 1;
        return failures < 0 ? rig.store.commit(...args) : Promise.reject(new ConflictError('docker/web'));
      },
    });
    await started(failing);
    rig.engine.start(A);
    await eventually(async () => {
      await rig.clock.advance(1_000);
      assert.equal((await rig.names()).length, 1);
    });
    await traces.close();
    assert.deepEqual(
      collector.named('commit').map(({ failed }) => failed),
      [true, false],
    );
    assert.equal(collector.named('container').length, 1);
  });
});
