import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { EmbeddedStore, keyOf, put, type Store, StoreUnavailableError } from '@callsign/catalog';
import { eventually } from '../../../test/support/wait.ts';
import { EngineError } from '../src/engine/errors.ts';
import { redis, snapshot } from './containers.ts';
import { Rig } from './rig.ts';
import { serviceSnapshot } from './services.ts';

const A = redis('a'.repeat(12), '172.17.0.2');
const B = redis('b'.repeat(12), '172.17.0.3');
const NAME_A = 'aaaaaaaaaaaa.node1.default.redis-aaaaaaaaaaaa';
const NAME_B = 'bbbbbbbbbbbb.node1.default.redis-bbbbbbbbbbbb';
const KEY_A = keyOf(`${NAME_A}.redis.dev.docker.`);
/** What an earlier run has left behind. */
const OURS = JSON.stringify({ host: '10.9.9.9', callsign: { owner: 'node1', container: 'gone' } });
const ABSENT = new EngineError('ENGINE_ABSENT', 'there is no Docker Engine', { cure: 'Start Docker' });

describe('registrar', () => {
  let rig: Rig;

  beforeEach(async () => {
    rig = await Rig.create();
  });
  afterEach(() => rig.close());

  /** What waits in vain has had every chance: the engine was asked and the store was told. */
  async function followed(): Promise<void> {
    await eventually(() => assert.ok(rig.said('following the Docker Engine').length > 0));
  }

  /** Something happens before each container is looked at, which then takes its time. */
  function beforeInspection(happen: (container: string) => void): void {
    const inspect = rig.engine.inspect.bind(rig.engine);
    rig.engine.inspect = async (container) => {
      happen(container);
      await setImmediate();
      return inspect(container);
    };
  }

  /** A container that had its names has ended, and cannot be inspected before the Engine has tidied up after it. */
  async function endsUntidied(): Promise<PromiseWithResolvers<void>> {
    rig.engine.set([A]);
    await rig.start();
    await rig.namesAre(NAME_A);
    const tidied = Promise.withResolvers<void>();
    rig.engine.gate = tidied.promise;
    rig.engine.remove(A);
    await rig.namesAre();
    return tidied;
  }

  describe('speaks for the services of a Swarm', () => {
    const SERVICE = serviceSnapshot();
    const NAMES = ['back', 'front']
      .map((network) => `${network}.web.shop.docker.`)
      .concat('web.shop.docker.');

    /** The names of the service, without what stands before them in a record's key. */
    async function serviceIs(...names: readonly string[]): Promise<void> {
      const prefix = `${SERVICE.id.slice(0, 12)}.node1.default.`;
      const wanted = names.map((name) => prefix + name);
      await rig.inTime(async () => assert.deepEqual(await rig.names(), wanted));
    }

    it('that an event tells of, or only the list', async () => {
      await rig.start(['--plugins', 'swarm']);
      await followed();
      rig.engine.start(SERVICE, 'create');
      await serviceIs(...NAMES);
      rig.engine.set([{ ...SERVICE, labels: { ...SERVICE.labels, 'callsign.ignore': 'true' } }]);
      await serviceIs();
      rig.engine.set([SERVICE]);
      await serviceIs(...NAMES);
      rig.engine.set([]);
      await serviceIs();
    });

    it('as long as its Engine leads, and after that for as long as the next one takes', async () => {
      rig.engine.set([SERVICE]);
      await rig.start(['--plugins', 'swarm']);
      await serviceIs(...NAMES);
      rig.engine.swarm = 'follows';
      await rig.clock.advance(10_000);
      assert.equal((await rig.names()).length, NAMES.length);
      await serviceIs();
      rig.engine.swarm = 'leads';
      await serviceIs(...NAMES);
    });

    it('and lets go also of one that it has only heard of by an event', async () => {
      await rig.start(['--plugins', 'swarm']);
      await followed();
      rig.engine.start(SERVICE, 'create');
      await eventually(async () => assert.equal((await rig.names()).length, NAMES.length));
      rig.engine.swarm = 'follows';
      await serviceIs();
    });

    it('and leaves everything as it is while nobody leads', async () => {
      rig.engine.set([SERVICE, A]);
      await rig.start(['--plugins', 'swarm,default']);
      await eventually(async () => assert.equal((await rig.names()).length, NAMES.length + 1));
      rig.engine.swarm = 'has no leader';
      await rig.inTime(() => assert.equal(rig.said('services cannot be listed').length, 1));
      rig.engine.remove(A);
      await serviceIs(...NAMES);
    });

    it('and leaves alone what an earlier run gave them until it knows who leads', async () => {
      rig.engine.set([SERVICE]);
      const before = await rig.start(['--plugins', 'swarm']);
      await serviceIs(...NAMES);
      await before.close();
      rig.engine.swarm = 'has no leader';
      rig.engine.start(A);
      await rig.start(['--plugins', 'swarm,default']);
      await eventually(async () => assert.equal((await rig.names()).length, NAMES.length + 1));
      rig.engine.remove(A);
      await serviceIs(...NAMES);
      rig.engine.swarm = 'follows';
      await serviceIs();
    });

    it('without a container that would have to wait for what the Swarm says', async () => {
      const answer = Promise.withResolvers<undefined>();
      rig.engine.services = () => answer.promise;
      rig.engine.set([A]);
      await rig.start();
      await rig.namesAre(NAME_A).finally(() => answer.resolve(undefined));
    });

    it('but not by plugins that know nothing of them', async () => {
      rig.engine.set([SERVICE, A]);
      await rig.start();
      await rig.namesAre(NAME_A);
    });
  });

  describe('undoes what others do to its records', () => {
    async function taken(): Promise<void> {
      await rig.store.commit([{ kind: 'delete', key: KEY_A }]);
    }

    it('puts back at once what they delete, with its lease, and says so', async () => {
      rig.engine.set([A, B]);
      await rig.start();
      await rig.namesAre(NAME_A, NAME_B);
      await taken();
      await rig.namesAre(NAME_A, NAME_B);
      assert.deepEqual(
        rig.said('not by us').map(({ key }) => key),
        [KEY_A],
      );
      assert.equal((await rig.values())[0]?.leaseTtl, 30);
    });

    it('but fights nobody who goes on: such a record waits for a minute', async () => {
      rig.engine.set([A]);
      await rig.start();
      await rig.namesAre(NAME_A);
      await taken();
      await rig.namesAre(NAME_A);
      await taken();
      rig.engine.start(B);
      await rig.namesAre(NAME_B);
      await rig.clock.advance(59_000);
      assert.deepEqual(await rig.names(), [NAME_B]);
      await rig.clock.advance(2_000);
      await rig.namesAre(NAME_A, NAME_B);
    });

    it('and outlives another registrar that goes by the same name for a moment', async () => {
      const store = await EmbeddedStore.open({ clock: rig.clock });
      const names = async () => (await store.list('')).entries.map(({ key }) => key);
      rig.engine.set([A]);
      await rig.start([], store);
      await eventually(async () => assert.deepEqual(await names(), [KEY_A]));
      const other = await rig.start([], store);
      await rig.clock.advance(5_000);
      await other.close();
      for (let seconds = 0; seconds < 100; seconds += 1) await rig.clock.advance(1_000);
      assert.deepEqual(await names(), [KEY_A]);
      await store.close();
    });

    it('takes away at once what appears in its name, like a commit that it gave up and that is made late', async () => {
      rig.engine.set([A, B]);
      await rig.start();
      await rig.namesAre(NAME_A, NAME_B);
      const { entries } = await rig.store.list(KEY_A);
      rig.engine.remove(A);
      await rig.namesAre(NAME_B);
      await rig.store.commit([{ kind: 'put', key: KEY_A, value: entries[0]?.value ?? '' }]);
      await rig.namesAre(NAME_B);
    });

    it('and takes its own deletions for what they are', async () => {
      rig.engine.set([A, B]);
      await rig.start();
      await rig.namesAre(NAME_A, NAME_B);
      rig.engine.remove(A);
      await rig.namesAre(NAME_B);
      rig.engine.start(A);
      await rig.namesAre(NAME_A, NAME_B);
      assert.deepEqual(rig.said('not by us'), []);
    });
  });

  describe('follows the Engine', () => {
    it('publishes what runs, with a lease, and follows starts and ends', async () => {
      rig.engine.set([A]);
      await rig.start();
      await rig.namesAre(NAME_A);
      const [value] = await rig.values();
      assert.equal(value?.leaseTtl, 30);
      assert.equal(value?.host, '172.17.0.2');
      rig.engine.start(B);
      await rig.namesAre(NAME_A, NAME_B);
      rig.engine.remove(A);
      await rig.namesAre(NAME_B);
    });

    it('subscribes before it lists, so that nothing is missed in between', async () => {
      await rig.start();
      await followed();
      assert.deepEqual(rig.engine.calls.slice(0, 2), ['subscribe', 'list']);
    });

    it('looks at containers while the plugins load, and leaves them alone when they cannot be', async () => {
      rig.engine.set([A]);
      const broken = rig.plugin('function createService(');
      await assert.rejects(rig.start(['--plugins', broken]), { code: 'PLUGIN_FAILED' });
      assert.ok(rig.engine.calls.includes(`inspect ${A.id}`));
      await rig.stop();
      assert.deepEqual(rig.worse(), []);
      await rig.namesAre();
    });

    it('publishes at once: a start needs no timer', async () => {
      await rig.start();
      await followed();
      const before = rig.clock.now();
      rig.engine.start(A);
      await rig.namesAre(NAME_A);
      assert.equal(rig.clock.now(), before);
    });

    it('commits no more at once than a store takes, however much a container says', async () => {
      const says = "Array(64).fill('p'.repeat(255))";
      const aliases = "Array.from({ length: 50 }, (_, at) => 'a' + at)";
      const service = `{ Service: 's', Instance: 'i', Host: '10.0.0.1', ALPN: ${says}, Aliases: ${aliases} }`;
      rig.engine.set([A]);
      await rig.start(['--plugins', rig.plugin(`function createService() { return ${service}; }`)]);
      await eventually(async () => assert.equal((await rig.values()).length, 51));
      assert.deepEqual(
        rig.said('a commit is made').map(({ writes }) => writes),
        [15, 15, 15, 6],
      );
    });

    it('withdraws at the end of a container, without waiting for an Engine that tidies up after it', async () => {
      const tidied = await endsUntidied();
      tidied.resolve();
    });

    it('withdraws at the end of a container that cannot be inspected then, however late the store takes it', async () => {
      const flaky = new FlakyStore(rig.store);
      rig.engine.set([A]);
      await rig.start([], flaky.store);
      await rig.namesAre(NAME_A);
      flaky.down = true;
      rig.engine.broken.add(A.id);
      rig.engine.remove(A);
      await eventually(() => assert.equal(rig.said('cannot be looked at').length, 1));
      flaky.down = false;
      await rig.inTime(async () => assert.deepEqual(await rig.names(), []));
    });

    it('comes to know what runs, and deletes what does not, while there is always a container to look at', async () => {
      await put(rig.store, KEY_A, OURS);
      rig.engine.set([B]);
      let others = 0;
      beforeInspection((container) => {
        others += 1;
        if (container !== B.id) rig.engine.tell(`other ${others}`, 'start');
      });
      await rig.start();
      await followed();
      for (const other of ['one', 'another']) rig.engine.tell(other, 'start');
      await rig.namesAre(NAME_B);
    });

    it('lets a container keep what an earlier run gave it while things happen to it faster than it is looked at', async () => {
      const revision = await put(rig.store, KEY_A, OURS.replace('gone', A.id));
      rig.engine.set([A]);
      let looks = 0;
      beforeInspection(() => {
        looks += 1;
        if (looks < 20) rig.engine.tell(A.id, 'update');
      });
      await rig.start();
      await eventually(async () => assert.equal((await rig.values())[0]?.host, '172.17.0.2'));
      for await (const { changes } of rig.store.watch('', revision, AbortSignal.timeout(30_000))) {
        assert.deepEqual(
          changes.map(({ kind }) => kind),
          ['put'],
        );
        break;
      }
    });

    it('does not bring back a container that ended while a plugin was busy with it', async () => {
      const busy = rig.plugin(`
        function createService({ Name, NetworkSettings }) {
          for (const end = Date.now() + 500; Date.now() < end; );
          return { Service: 'redis', Instance: Name, Host: NetworkSettings.IpAddress };
        }`);
      const { revision: empty } = await rig.store.list('');
      await rig.start(['--plugins', busy]);
      await followed();
      const inspected = Promise.withResolvers<void>();
      const tidied = Promise.withResolvers<void>();
      rig.engine.gate = inspected.promise;
      rig.engine.start(A);
      await eventually(() => assert.ok(rig.engine.calls.includes(`inspect ${A.id}`)));
      rig.engine.gate = tidied.promise;
      inspected.resolve();
      await setImmediate();
      rig.engine.remove(A);
      await eventually(() => assert.equal(rig.said('a container has names').length, 1));
      rig.engine.start(B);
      tidied.resolve();
      await rig.namesAre(NAME_B);
      const { revision } = await rig.store.list('');
      assert.equal(revision, empty + 1);
    });

    it('withdraws a paused and a restarting container, and brings it back', async () => {
      rig.engine.set([A]);
      await rig.start();
      await rig.namesAre(NAME_A);
      for (const action of ['pause', 'die']) {
        rig.engine.start({ ...A, running: false }, action);
        await rig.namesAre();
        rig.engine.start(A, 'unpause');
        await rig.namesAre(NAME_A);
      }
    });

    it('follows a container to its new name without a moment with neither', async () => {
      rig.engine.set([A]);
      await rig.start();
      await rig.namesAre(NAME_A);
      const { revision } = await rig.store.list('');
      rig.engine.start({ ...A, name: '/other' }, 'rename');
      await rig.namesAre('aaaaaaaaaaaa.node1.default.other');
      for await (const { changes } of rig.store.watch('', revision, AbortSignal.timeout(30_000))) {
        assert.deepEqual(changes.map(({ kind }) => kind).sort(), ['delete', 'put']);
        break;
      }
    });

    it('comes to the truth in a storm of events that swap', async () => {
      await rig.start();
      await followed();
      for (let round = 0; round < 200; round += 1) {
        rig.engine.start(A);
        rig.engine.remove(A);
        rig.engine.start(B);
      }
      await rig.namesAre(NAME_B);
    });

    it('publishes a thousand containers in commits that the store takes', async () => {
      const containers = Array.from({ length: 1_000 }, (_, at) => redis(at.toString(16).padStart(12, '0')));
      rig.engine.set(containers);
      await rig.start();
      await rig.inTime(async () => assert.equal((await rig.names()).length, 1_000));
    });

    it('starts over when the stream ends, and catches up with what it did not hear', async () => {
      rig.engine.set([A]);
      await rig.start();
      await rig.namesAre(NAME_A);
      rig.engine.set([B]);
      rig.engine.cut();
      await rig.inTime(async () => assert.deepEqual(await rig.names(), [NAME_B]));
      assert.equal(rig.said('cannot follow').length, 0);
    });

    it('counts no container whose end was heard just before the stream ended', async () => {
      const published = () => rig.metric('callsign_registrar_containers{state="published"}');
      const tidied = await endsUntidied();
      rig.engine.gate = undefined;
      rig.engine.cut();
      await setImmediate();
      tidied.reject(ABSENT);
      await rig.inTime(async () => assert.equal(await published(), '0'));
    });

    it('starts over as soon the tenth time as the first when the stream has lasted', async () => {
      const followed = () => rig.said('following the Docker Engine').length;
      await rig.start();
      await eventually(() => assert.equal(followed(), 1));
      for (let time = 1; time <= 10; time += 1) {
        await rig.clock.advance(15_000);
        const before = rig.clock.monotonic();
        rig.engine.cut();
        await eventually(async () => {
          await rig.clock.advance(10);
          assert.equal(followed(), time + 1);
        });
        const waited = rig.clock.monotonic() - before;
        assert.ok(waited < 4_000, `${waited} ms before session ${time + 1}`);
      }
    });

    it('starts over more and more rarely when the stream ends each time as soon as it is there', async () => {
      await rig.start();
      await followed();
      for (let seconds = 0; seconds < 60; seconds += 1) {
        rig.engine.cut();
        await rig.clock.advance(1_000);
      }
      const sessions = rig.said('following the Docker Engine').length;
      assert.ok(sessions > 5 && sessions < 25, `${sessions} sessions in a minute`);
    });

    it('keeps the names while the Engine is away, says so once, and once that it is back', async () => {
      rig.engine.set([A]);
      await rig.start();
      await rig.namesAre(NAME_A);
      rig.engine.down = ABSENT;
      rig.engine.cut();
      await rig.inTime(() => assert.ok(rig.engine.calls.filter((call) => call === 'subscribe').length > 5));
      assert.deepEqual(await rig.names(), [NAME_A]);
      assert.equal(rig.said('cannot follow the Docker Engine').length, 1);
      assert.equal(await rig.metric('callsign_registrar_engine_connected'), '0');
      rig.engine.down = undefined;
      rig.engine.set([B]);
      await rig.inTime(async () => assert.deepEqual(await rig.names(), [NAME_B]));
      assert.equal(rig.said('the Docker Engine is back').length, 1);
      assert.equal(await rig.metric('callsign_registrar_engine_connected'), '1');
    });

    it('starts without an Engine and finds it later', async () => {
      rig.engine.down = ABSENT;
      await rig.start();
      await rig.inTime(() => assert.ok(rig.engine.calls.length > 3));
      const [line, ...more] = rig.said('cannot follow the Docker Engine');
      assert.deepEqual(more, []);
      assert.match(String(line?.error), /there is no Docker Engine\. Start Docker/);
      rig.engine.down = undefined;
      rig.engine.set([A]);
      await rig.inTime(async () => assert.deepEqual(await rig.names(), [NAME_A]));
    });

    it('notices a dead peer behind a silent stream', async () => {
      rig.engine.set([A]);
      await rig.start();
      await rig.namesAre(NAME_A);
      rig.engine.down = ABSENT;
      await rig.inTime(() => assert.equal(rig.said('cannot follow').length, 1));
    });

    it('looks at everything again by a slow timer, the store included', async () => {
      rig.engine.set([A]);
      await rig.start();
      await rig.namesAre(NAME_A);
      rig.engine.set([A, B]);
      await rig.store.commit([{ kind: 'delete', key: KEY_A }]);
      await rig.inTime(async () => assert.deepEqual(await rig.names(), [NAME_A, NAME_B]));
    });

    it('tries a container that cannot be inspected again, while it keeps its names and the others are served', async () => {
      rig.engine.set([A]);
      await rig.start();
      await rig.namesAre(NAME_A);
      rig.engine.broken.add(A.id);
      rig.engine.start({ ...A, name: '/other' }, 'rename');
      rig.engine.start(B);
      await rig.namesAre(NAME_A, NAME_B);
      await rig.inTime(() => assert.ok(rig.engine.calls.filter((call) => call.includes(A.id)).length > 4));
      assert.equal(rig.said('cannot be looked at').length, 1);
      rig.engine.broken.clear();
      await rig.inTime(async () =>
        assert.ok((await rig.names()).includes('aaaaaaaaaaaa.node1.default.other')),
      );
    });
  });

  it('looks no more often at a container that cannot be inspected for all that happens to it', async () => {
    rig.engine.broken.add(A.id);
    rig.engine.set([A]);
    await rig.start();
    const looks = () => rig.engine.calls.filter((call) => call === `inspect ${A.id}`).length;
    for (let times = 1; times <= 30; times += 1) {
      await eventually(() => assert.ok(looks() >= times));
      await setImmediate();
      rig.engine.tell(A.id, 'health_status');
    }
    await rig.clock.advance(60_000);
    const before = looks();
    await rig.clock.advance(60_000);
    const asked = looks() - before;
    assert.ok(asked > 3 && asked < 30, `${asked} looks in a minute`);
  });

  describe('keeps the store', () => {
    it('deletes what an earlier run left behind, and touches nobody else’s records', async () => {
      await put(rig.store, 'docker/dev/redis/old/default/node1/111111111111', OURS);
      await put(rig.store, 'docker/dev/redis/x/default/node2/222222222222', OURS.replace('node1', 'node2'));
      await put(rig.store, 'docker/dev/hand', '{"host":"10.0.0.9","text":"\\"node1\\""}');
      await put(rig.store, 'docker/dev/broken', '{"node1"');
      rig.engine.set([A]);
      await rig.start();
      await rig.namesAre('222222222222.node2.default.x', NAME_A, 'broken.dev.docker.', 'hand.dev.docker.');
    });

    it('keeps what an earlier run gave a container that cannot be inspected, beyond that run’s lease', async () => {
      const store = await EmbeddedStore.open({ clock: rig.clock });
      const hosts = async () => (await store.list('')).entries.map(({ value }) => JSON.parse(value).host);
      rig.engine.set([A, B]);
      const before = await rig.start([], store);
      await eventually(async () => assert.deepEqual(await hosts(), ['172.17.0.2', '172.17.0.3']));
      await before.close();
      rig.engine.broken.add(A.id);
      await rig.start([], store);
      await eventually(() => assert.equal(rig.said('cannot be looked at').length, 1));
      for (let seconds = 0; seconds < 60; seconds += 1) await rig.clock.advance(1_000);
      assert.deepEqual(await hosts(), ['172.17.0.2', '172.17.0.3']);
      await store.close();
    });

    it('deletes nothing of an earlier run before it knows what runs', async () => {
      await put(rig.store, KEY_A, OURS.replace('gone', A.id));
      rig.engine.broken.add(A.id);
      rig.engine.set([A, B]);
      await rig.start();
      await rig.namesAre(NAME_A, NAME_B);
      await rig.inTime(() => assert.ok(rig.engine.calls.filter((call) => call.includes(A.id)).length > 3));
      assert.ok((await rig.names()).includes(NAME_A));
    });

    it('says so when another registrar goes by the same name', async () => {
      rig.engine.set([A]);
      await rig.start();
      await rig.namesAre(NAME_A);
      await put(rig.store, 'docker/dev/redis/x/default/node1/222222222222', OURS);
      await rig.inTime(() => assert.equal(rig.said('does another registrar have the same?').length, 1));
      await rig.namesAre(NAME_A);
    });

    it('does not overwrite what somebody else has put where ours belongs, and says so once', async () => {
      rig.engine.set([B]);
      await rig.start();
      await rig.namesAre(NAME_B);
      await put(rig.store, KEY_A, '{"host":"10.0.0.9"}');
      rig.engine.start(A);
      await rig.inTime(() => assert.equal(rig.said('somebody else has put a record').length, 1));
      rig.engine.remove(B);
      await rig.inTime(async () => assert.deepEqual(await rig.names(), [NAME_A]));
      assert.equal((await rig.values())[0]?.host, '10.0.0.9');
      await rig.store.commit([{ kind: 'delete', key: KEY_A }]);
      await rig.inTime(async () => assert.equal((await rig.values())[0]?.host, '172.17.0.2'));
    });

    it('takes a new lease when its own is lost, and puts everything again', async () => {
      const granted: string[] = [];
      rig.engine.set([A, B]);
      await rig.start(['--lease', '5'], recording(rig.store, granted));
      await rig.namesAre(NAME_A, NAME_B);
      await rig.store.leases.revoke(granted[0] ?? '');
      await rig.inTime(async () => {
        assert.equal(granted.length, 2);
        assert.deepEqual(await rig.names(), [NAME_A, NAME_B]);
      });
      assert.deepEqual(
        (await rig.values()).map(({ leaseTtl }) => leaseTtl),
        [5, 5],
      );
    });

    it('keeps what is wanted while the store is away, says so once, and converges after', async () => {
      const flaky = new FlakyStore(rig.store);
      rig.engine.set([A]);
      await rig.start([], flaky.store);
      await rig.namesAre(NAME_A);
      flaky.down = true;
      rig.engine.start(B);
      rig.engine.remove(A);
      await rig.inTime(() => assert.ok(flaky.refused > 5));
      assert.deepEqual(await rig.names(), [NAME_A]);
      assert.equal(rig.said('the store does not take our records').length, 1);
      flaky.down = false;
      await rig.inTime(async () => assert.deepEqual(await rig.names(), [NAME_B]));
      assert.equal(rig.said('the store takes our records again').length, 1);
    });

    it('leaves the names when it closes, and its successor takes them over', async () => {
      rig.engine.set([A]);
      const first = await rig.start();
      await rig.namesAre(NAME_A);
      await first.close();
      await first.close();
      await rig.namesAre(NAME_A);
      rig.engine.set([A, B]);
      await rig.start();
      await rig.namesAre(NAME_A, NAME_B);
    });

    it('closes while neither Engine nor store is there', async () => {
      const flaky = new FlakyStore(rig.store);
      flaky.down = true;
      rig.engine.down = ABSENT;
      const registrar = await rig.start([], flaky.store);
      await eventually(() => assert.equal(rig.said('cannot follow').length, 1));
      await registrar.close();
    });
  });

  describe('serves its plugins', () => {
    const BAD = snapshot({ Id: 'e'.repeat(64), Name: '/bad' });
    const serving = (body: string) => `function createService(c) {
      if (c.Name === '/bad') { ${body} }
      return { Service: 'redis', Instance: removeSlash(c.Name), Host: c.NetworkSettings.IpAddress, Port: 6379 };
    }`;

    for (const [what, body, reason, label] of [
      ['throws', 'throw new Error("no such luck")', /test\.js threw Error: no such luck/, 'threw'],
      ['hangs', 'for (;;);', /test\.js took too long/, 'timeout'],
      ['returns nonsense', 'return 42', /returned a number/, 'nonsense'],
      [
        'makes an invalid name',
        "return { Service: '///', Instance: 'i', Host: '10.0.0.1' }",
        /leaves nothing/,
        'refused',
      ],
      [
        'gives no valid port',
        "return { Service: 's', Instance: 'i', Host: 'h', Port: 99999 }",
        /port must be/,
        'refused',
      ],
    ] as const) {
      it(`of which one ${what}, at the cost of that container alone`, async () => {
        rig.engine.set([BAD, A]);
        await rig.start(['--plugins', rig.plugin(serving(body))]);
        await rig.namesAre(NAME_A);
        await eventually(() => assert.equal(rig.said('a container is not published').length, 1));
        const [line] = rig.said('a container is not published');
        assert.equal(line?.container, 'eeeeeeeeeeee');
        assert.equal(line?.name, '/bad');
        assert.match(String(line?.reason), reason);
        rig.engine.start(B);
        await rig.namesAre(NAME_A, NAME_B);
        assert.equal(await rig.metric(`callsign_registrar_plugin_failures_total{reason="${label}"}`), '1');
        assert.equal(await rig.metric('callsign_registrar_containers{state="failed"}'), '1');
        assert.equal(await rig.metric('callsign_registrar_containers{state="published"}'), '2');
      });
    }

    it('asks again only when what they see has changed, or after a while where one failed', async () => {
      const code =
        "var n = 0; function createService() { n += 1; if (n < 3) throw new Error('not yet'); return null; }";
      rig.engine.set([A]);
      await rig.start(['--plugins', rig.plugin(code)]);
      const failures = () => rig.metric('callsign_registrar_plugin_failures_total{reason="threw"}');
      await eventually(async () => assert.equal(await failures(), '1'));
      rig.engine.tell(A.id, 'start');
      rig.engine.tell(A.id, 'start');
      await eventually(() =>
        assert.ok(rig.engine.calls.filter((call) => call.startsWith('inspect')).length >= 2),
      );
      assert.equal(await failures(), '1');
      await rig.inTime(async () => assert.equal(await failures(), '2'));
      await rig.inTime(async () =>
        assert.equal(await rig.metric('callsign_registrar_containers{state="skipped"}'), '1'),
      );
      assert.equal(rig.said('a container is not published').length, 1);
    });

    it('withdraws what a container had when its plugin fails for it later', async () => {
      rig.engine.set([A]);
      await rig.start(['--plugins', rig.plugin(serving('throw 1'))]);
      await rig.namesAre(NAME_A);
      rig.engine.start({ ...A, name: '/bad' }, 'rename');
      await rig.namesAre();
    });

    it('anew for all containers when a file changes, failed ones too, and as before when it is broken', async () => {
      rig.engine.set([BAD, A]);
      await rig.start(['--plugins', rig.plugin(serving('throw 1'))]);
      await rig.namesAre(NAME_A);
      rig.plugin(serving('').replace('removeSlash(c.Name)', "'new'"));
      const renamed = ['aaaaaaaaaaaa.node1.default.new', 'eeeeeeeeeeee.node1.default.new'];
      await rig.inTime(async () => assert.deepEqual(await rig.names(), renamed));
      rig.plugin('function createService(');
      await rig.inTime(() => assert.equal(rig.said('cannot be used').length, 1));
      assert.deepEqual(await rig.names(), renamed);
      const reloads = 'callsign_registrar_plugin_reloads_total';
      assert.equal(await rig.metric(`${reloads}{outcome="loaded"}`), '1');
      assert.equal(await rig.metric(`${reloads}{outcome="failed"}`), '1');
    });

    it('but not for containers that ask to be left out', async () => {
      rig.engine.set([A, { ...B, labels: { 'callsign.ignore': 'true' } }]);
      await rig.start(['--plugins', rig.plugin(serving(''))]);
      await rig.namesAre(NAME_A);
      await eventually(async () =>
        assert.equal(await rig.metric('callsign_registrar_containers{state="skipped"}'), '1'),
      );
      rig.engine.start(B, 'update');
      await rig.namesAre(NAME_A, NAME_B);
    });

    it('with --explicit only for containers that ask, or that a plugin of one’s own names', async () => {
      const marked = { ...B, labels: { 'callsign.instance': 'b' } };
      const own = rig.plugin(
        "function createService(c) { return c.Name === '/bad' ? [{ Service: 'redis', Instance: 'own', Host: '10.0.0.1' }] : null; }",
      );
      rig.engine.set([A, marked, BAD]);
      await rig.start(['--explicit', '--plugins', `${own},labels,default`]);
      await rig.namesAre('bbbbbbbbbbbb.node1.default.b', 'eeeeeeeeeeee.node1.default.own');
      assert.equal(await rig.metric('callsign_registrar_containers{state="skipped"}'), '1');
    });

    it('leaving out an alias that is not ours to give, and says so once', async () => {
      rig.engine.set([{ ...A, labels: { 'callsign.aliases': 'www.example.com, cache' } }]);
      await rig.start();
      await rig.namesAre('aaaaaaaaaaaa.node1.default.cache.docker.', NAME_A);
      const [line, ...more] = rig.said('does not get all');
      assert.deepEqual(more, []);
      assert.equal(line?.container, 'aaaaaaaaaaaa');
      assert.match(String(line?.refused), /www\.example\.com\. is not within docker\./);
    });

    it('finds it by each of registrator’s tags, and says once which checks nobody makes', async () => {
      const env = ['SERVICE_NAME=shop', 'SERVICE_TAGS=blue,eu-1', 'SERVICE_CHECK_HTTP=/health'];
      rig.engine.set([{ ...A, env }]);
      await rig.start();
      await eventually(async () =>
        assert.deepEqual(
          (await rig.names()).map((name) => name.replace('aaaaaaaaaaaa.node1.default.', '')),
          ['blue.shop.dev.docker.', 'eu-1.shop.dev.docker.'],
        ),
      );
      rig.engine.start({ ...A, env: [...env, 'MORE=1'] }, 'update');
      await eventually(() =>
        assert.equal(rig.engine.calls.filter((call) => call.startsWith('inspect')).length, 2),
      );
      const [line, ...more] = rig.said('does not get all');
      assert.deepEqual(more, []);
      assert.equal(line?.container, 'aaaaaaaaaaaa');
      assert.match(
        String(line?.refused),
        /SERVICE_CHECK_HTTP: no such check is made; give the container a HEALTHCHECK/,
      );
    });

    it('of a folder in name order', async () => {
      rig.plugin("function createService(c) { return c.Name === '/bad' ? null : undefined; }", '10-none.js');
      rig.plugin('not a script', 'readme.txt');
      const folder = rig.plugin(serving('return null'), '20-serve.js').replace(/\/[^/]*$/, '');
      rig.engine.set([BAD, A]);
      await rig.start(['--plugins', folder]);
      await rig.namesAre(NAME_A);
    });

    for (const [what, path, code, message] of [
      [
        'missing',
        '/nonexistent/plugin.js',
        'PLUGIN_UNREADABLE',
        /cannot read the plugin \/nonexistent\/plugin\.js/,
      ],
      ['an empty folder', '/proc/self/fdinfo', 'PLUGIN_UNREADABLE', /the folder has no \.js file/],
      ['no script', '/etc/hostname', 'PLUGIN_FAILED', /hostname cannot be loaded/],
    ] as const) {
      it(`refuses to start with a plugin that is ${what}`, async () => {
        await assert.rejects(
          rig.start(['--plugins', path]),
          (error: Error & { code?: string; cure?: string }) => {
            assert.equal(error.code, code);
            assert.match(`${error.message}: ${(error.cause as Error | undefined)?.message}`, message);
            assert.ok(error.cure !== undefined);
            return true;
          },
        );
      });
    }
  });
});

/** The store, with the ids of the leases that were granted. */
function recording(store: Store, granted: string[]): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name !== 'grant') return bound(target, name);
      return async (ttl: number, beat: number) => {
        const lease = await target.grant(ttl, beat);
        granted.push(lease.id);
        return lease;
      };
    },
  });
}

/** A store that cannot be reached while it is down. */
class FlakyStore {
  readonly store: Store;
  down = false;
  refused = 0;

  constructor(store: Store) {
    this.store = new Proxy(store, {
      get: (target, name) => {
        if (!this.down || !['list', 'commit', 'grant'].includes(String(name))) return bound(target, name);
        return async () => {
          this.refused += 1;
          throw new StoreUnavailableError('the store cannot be reached');
        };
      },
    });
  }
}

function bound(store: Store, name: string | symbol): unknown {
  const value: unknown = Reflect.get(store, name);
  return typeof value === 'function' ? value.bind(store) : value;
}
