import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { eventually } from '../../../test/support/wait.ts';
import type { InspectedContainer } from '../src/engine/snapshot.ts';
import { inspectDocument, redis, snapshot } from './containers.ts';
import { Rig } from './rig.ts';

const SIGHUP = 1;
const SIGTERM = 15;
const A = redis('a'.repeat(12), '172.17.0.2');
const B = redis('b'.repeat(12), '172.17.0.3');
const NAME_A = 'aaaaaaaaaaaa.node1.default.redis-aaaaaaaaaaaa';
const NAME_B = 'bbbbbbbbbbbb.node1.default.redis-bbbbbbbbbbbb';

describe('the life of a container', () => {
  let rig: Rig;

  beforeEach(async () => {
    rig = await Rig.create();
  });
  afterEach(() => rig.close());

  /** Whatever was told before has been acted on once another container's start has been. */
  async function soFar(): Promise<void> {
    rig.engine.start(B);
    await eventually(async () => assert.ok((await rig.names()).includes(NAME_B)));
    rig.engine.remove(B);
    await eventually(async () => assert.ok(!(await rig.names()).includes(NAME_B)));
  }

  function inspections(): number {
    return rig.engine.calls.filter((call) => call.startsWith('inspect')).length;
  }

  describe('with a health check', () => {
    const as = (health: InspectedContainer['health']) => ({ ...A, health });

    it('has names while it is healthy', async () => {
      rig.engine.set([as('starting')]);
      await rig.start();
      await soFar();
      await rig.namesAre();
      for (const [health, ...names] of [
        ['healthy', NAME_A],
        ['unhealthy'],
        ['healthy', NAME_A],
        ['starting'],
      ] as const) {
        rig.engine.start(as(health), 'health_status');
        await rig.namesAre(...names);
      }
    });

    it('has names whatever it says, where that is ignored', async () => {
      rig.engine.set([as('starting')]);
      await rig.start(['--health', 'ignore']);
      await rig.namesAre(NAME_A);
      rig.engine.start(as('unhealthy'), 'health_status');
      await soFar();
      await rig.namesAre(NAME_A);
    });
  });

  describe('that is asked to stop', () => {
    it('keeps its names until it ends', async () => {
      rig.engine.set([A]);
      await rig.start();
      await rig.namesAre(NAME_A);
      rig.engine.tell(A.id, 'kill', SIGTERM);
      await soFar();
      await rig.namesAre(NAME_A);
    });

    it('has no names any more with --drain, at once and until it has ended', async () => {
      rig.engine.set([A]);
      await rig.start(['--drain', '600']);
      await rig.namesAre(NAME_A);
      rig.engine.tell(A.id, 'kill', SIGTERM);
      await rig.namesAre();
      rig.engine.tell(A.id, 'update');
      await soFar();
      await rig.namesAre();
      rig.engine.remove(A);
      rig.engine.start(A);
      await rig.namesAre(NAME_A);
    });

    it('is waited for once, however often something happens to it meanwhile', async () => {
      rig.engine.set([A]);
      await rig.start(['--drain', '600']);
      await rig.namesAre(NAME_A);
      rig.engine.tell(A.id, 'kill', SIGTERM);
      await rig.namesAre();
      await soFar();
      const { sleeping } = rig.clock;
      for (let times = 0; times < 5; times += 1) {
        rig.engine.tell(A.id, 'update');
        await soFar();
      }
      assert.equal(rig.clock.sleeping, sleeping);
    });

    it('has them again when it runs on regardless', async () => {
      rig.engine.set([A]);
      await rig.start(['--drain', '5']);
      await rig.namesAre(NAME_A);
      rig.engine.tell(A.id, 'kill', SIGTERM);
      await rig.namesAre();
      await rig.clock.advance(4_000);
      await soFar();
      await rig.namesAre();
      await rig.clock.advance(1_000);
      await rig.namesAre(NAME_A);
    });

    it('has them again when it runs on regardless, also where the Engine was lost meanwhile', async () => {
      rig.engine.set([A]);
      await rig.start(['--drain', '60']);
      await rig.namesAre(NAME_A);
      rig.engine.tell(A.id, 'kill', SIGTERM);
      await rig.namesAre();
      rig.engine.cut();
      await rig.inTime(() => assert.equal(rig.said('following the Docker Engine').length, 2));
      await rig.inTime(async () => assert.deepEqual(await rig.names(), [NAME_A]));
    });

    it('has them again when it starts, even where nobody has heard that it ended', async () => {
      rig.engine.set([A]);
      await rig.start(['--drain', '600']);
      await rig.namesAre(NAME_A);
      rig.engine.tell(A.id, 'kill', SIGTERM);
      await rig.namesAre();
      rig.engine.tell(A.id, 'start');
      await rig.namesAre(NAME_A);
    });

    it('has them again when it was started anew while the Engine was away', async () => {
      rig.engine.set([A]);
      await rig.start(['--drain', '600']);
      await rig.namesAre(NAME_A);
      rig.engine.tell(A.id, 'kill', SIGTERM);
      await rig.namesAre();
      rig.engine.set([{ ...A, startedAt: A.startedAt + 1 }]);
      rig.engine.cut();
      await rig.clock.advance(1_000);
      await rig.namesAre(NAME_A);
    });

    it('is so by its own stop signal alone', async () => {
      const own = { ...A, stopSignal: SIGHUP };
      rig.engine.set([own]);
      await rig.start(['--drain', '600']);
      await rig.namesAre(NAME_A);
      rig.engine.tell(A.id, 'kill', SIGTERM);
      await soFar();
      await rig.namesAre(NAME_A);
      rig.engine.tell(A.id, 'kill', SIGHUP);
      await rig.namesAre();
    });
  });

  describe('and its network', () => {
    const WITHOUT = snapshot({ Id: A.id, Name: A.name, NetworkSettings: { Networks: { late: {} } } });

    it('is looked at again when it starts before it has an address', async () => {
      await rig.start();
      rig.engine.start(WITHOUT);
      await eventually(() => assert.ok(inspections() > 0));
      rig.engine.set([A]);
      await rig.inTime(async () => assert.deepEqual(await rig.names(), [NAME_A]));
    });

    it('is not looked at for ever when it never gets one', async () => {
      await rig.start();
      rig.engine.start(WITHOUT);
      await rig.inTime(() => assert.equal(inspections(), 9));
      for (let minutes = 0; minutes < 5; minutes += 1) await rig.clock.advance(60_000);
      await soFar();
      // Once more because it is new in the list of all.
      assert.equal(rig.engine.calls.filter((call) => call === `inspect ${A.id}`).length, 10);
    });

    it('says once that its label names a network that it is not in', async () => {
      rig.engine.set([{ ...A, labels: { 'callsign.network': 'elsewhere' } }]);
      await rig.start();
      await rig.inTime(() => assert.equal(inspections(), 9));
      await rig.namesAre();
      const [line, ...more] = rig.said('that its label callsign.network names');
      assert.deepEqual([line?.network, line?.networks, more], ['elsewhere', ['bridge'], []]);
    });

    it('is that of another container, and follows what happens to it', async () => {
      const sharer = { ...snapshot(mode(`container:${A.id}`)), id: B.id, name: B.name };
      rig.engine.set([A, sharer]);
      await rig.start();
      await rig.namesAre(NAME_A, NAME_B);
      await valuesAre('172.17.0.2', '172.17.0.2');
      rig.engine.start(redis('a'.repeat(12), '172.17.0.9'), 'connect');
      await valuesAre('172.17.0.9', '172.17.0.9');
      rig.engine.remove(A);
      await rig.namesAre();
    });

    it('is that of another container, and follows what happens to it while it is inspected', async () => {
      const sharer = { ...snapshot(mode(`container:${A.id}`)), id: B.id, name: B.name };
      rig.engine.set([A]);
      await rig.start();
      await rig.namesAre(NAME_A);
      const inspect = rig.engine.inspect.bind(rig.engine);
      rig.engine.inspect = async (container) => {
        const found = await inspect(container);
        if (found === A) rig.engine.start(redis('a'.repeat(12), '172.17.0.9'), 'connect');
        await setImmediate();
        return found;
      };
      rig.engine.start(sharer);
      await valuesAre('172.17.0.9', '172.17.0.9');
    });

    it('is that of one which has it from another itself, and follows what happens to that one', async () => {
      const sharer = { ...snapshot(mode(`container:${A.id}`)), id: B.id, name: B.name };
      const last = { ...snapshot(mode(`container:${B.id}`)), id: 'c'.repeat(64), name: '/last' };
      rig.engine.set([A, sharer, last]);
      await rig.start();
      await valuesAre('172.17.0.2', '172.17.0.2', '172.17.0.2');
      rig.engine.start(redis('a'.repeat(12), '172.17.0.9'), 'connect');
      await valuesAre('172.17.0.9', '172.17.0.9', '172.17.0.9');
    });

    it('is one that two containers have from each other, which comes to none', async () => {
      const first = { ...snapshot(mode(`container:${B.id}`)), id: A.id };
      const second = { ...snapshot(mode(`container:${A.id}`)), id: B.id };
      rig.engine.set([first, second]);
      await rig.start();
      await eventually(() => assert.equal(rig.said('following the Docker Engine').length, 1));
      await rig.inTime(() => assert.ok(inspections() > 4));
      await rig.namesAre();
    });

    it('is the host’s: the names lead to its address where that is known, and a line in the log asks for it', async () => {
      rig.engine.set([snapshot(mode('host')), { ...snapshot(mode('host')), id: A.id }]);
      const blind = await rig.start();
      await eventually(() => assert.equal(rig.said('--host-address').length, 1));
      await soFar();
      await rig.namesAre();
      await blind.close();
      await rig.start(['--host-address', '192.0.2.1']);
      await valuesAre('192.0.2.1', '192.0.2.1');
    });

    it('leads callers off the host to published ports, and gives no name to what is not published', async () => {
      const ports = { '6379/tcp': [{ HostIp: '0.0.0.0', HostPort: '16379' }] };
      rig.engine.set([{ ...A, ports }, B]);
      await rig.start(['--publish-address', '192.0.2.1']);
      await rig.namesAre(NAME_A);
      const [value] = await rig.values();
      assert.deepEqual([value?.host, value?.port], ['192.0.2.1', 16_379]);
      await eventually(() => assert.equal(rig.said('not all the names').length, 1));
      assert.match(
        String(rig.said('not all the names')[0]?.why),
        /ports that are not published are left out/,
      );
    });

    async function valuesAre(...hosts: readonly string[]): Promise<void> {
      await eventually(async () =>
        assert.deepEqual(
          (await rig.values()).map(({ host }) => host),
          hosts,
        ),
      );
    }

    function mode(NetworkMode: string): Readonly<Record<string, unknown>> {
      const inspected = inspectDocument().Config as object;
      return { Config: inspected, HostConfig: { NetworkMode }, NetworkSettings: {} };
    }
  });

  describe('in the long run', () => {
    it('costs neither a look nor a write while nothing changes', async () => {
      rig.engine.set([A, B]);
      await rig.start();
      await rig.namesAre(NAME_A, NAME_B);
      const lists = () => rig.engine.calls.filter((call) => call === 'list').length;
      const { revision } = await rig.store.list('');
      await eventually(async () => {
        await rig.clock.advance(60_000);
        assert.ok(lists() > 2);
      });
      assert.equal(inspections(), 2);
      assert.equal((await rig.store.list('')).revision, revision);
    });

    it('is as it is after a thousand starts and ends in no order at all', async () => {
      const all = Array.from({ length: 1_000 }, (_, at) => redis(at.toString(16).padStart(12, '0')));
      await rig.start();
      for (const [at, each] of all.entries()) {
        rig.engine.start(each);
        if (at % 7 === 0) await setImmediate();
        const earlier = all[(at * 7) % 1_000];
        if (earlier !== undefined && at % 2 === 0) rig.engine.remove(earlier);
      }
      const left = rig.engine.running;
      assert.ok(left > 100 && left < 1_000);
      await rig.inTime(async () => assert.equal((await rig.names()).length, left));
    });
  });
});
