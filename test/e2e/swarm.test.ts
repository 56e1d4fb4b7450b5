import assert from 'node:assert/strict';
import { ran } from '../../packages/cli/test/ran.ts';
import { addresses } from '../support/dig.ts';
import { Engine } from '../support/engine.ts';
import { Etcd } from '../support/etcd.ts';
import { BUSYBOX, DIG, DOCKERD, ETCD, IP, requireParts } from '../support/parts.ts';
import { eventually } from '../support/wait.ts';
import { once } from './support/again.ts';
import { explain, NameserverProcess, RegistrarProcess } from './support/pair.ts';

/** Neither is an image looked up far away, nor is a task waited for. */
const AT_ONCE = ['--detach', '--no-resolve-image', '--stop-grace-period', '1s', '--update-delay', '0s'];

/** A record as `plugin test --json` prints it. */
interface Shown {
  readonly key: string;
  readonly value: unknown;
}

/** As etcdctl prints it: both in Base64. */
interface Pair {
  readonly key: string;
  readonly value: string;
}

describe('e2e: a Swarm service and its tasks', function () {
  this.timeout(150_000);
  let engine: Engine;
  let etcd: Etcd;
  let nameserver: NameserverProcess;
  let registrar: RegistrarProcess;

  before(async function () {
    requireParts(this, BUSYBOX, DIG, DOCKERD, ETCD, IP);
    [engine, etcd] = await Promise.all([Engine.start(), Etcd.start()]);
    await engine.importImage('web', 'EXPOSE 80');
    await engine.initSwarm();
    const store = `etcd://127.0.0.1:${etcd.port}/skydns`;
    nameserver = new NameserverProcess(engine, store);
    registrar = new RegistrarProcess(engine, store, 'here', '--plugins', 'swarm');
    await Promise.all([nameserver.start(), registrar.start()]);
    for (const network of ['inner', 'outer'])
      await engine.docker('network', 'create', '--driver', 'overlay', network);
    const service = ['--name', 'shop', '--network', 'inner', '--publish', '80', '--replicas', '2'];
    await engine.docker('service', 'create', ...AT_ONCE, ...service, 'web');
  });

  afterEach(async function () {
    explain(this, nameserver, registrar);
    if (this.currentTest?.state !== 'failed') return;
    const tasks = await engine.docker('node', 'ps', '--no-trunc', 'self');
    process.stderr.write(`\nwhat the Engine says of its tasks:\n${tasks}\n`);
  });

  after(async () => {
    await registrar?.end('SIGTERM');
    await nameserver?.end('SIGTERM');
    await engine?.docker('swarm', 'leave', '--force').catch(() => undefined);
    await Promise.all([engine?.stop(), etcd?.close()]);
  });

  /** The addresses of the tasks that run, in the service's own network and not in the routing mesh. */
  async function running(service = 'shop'): Promise<readonly string[]> {
    const its = `label=com.docker.swarm.service.name=${service}`;
    const ids = await engine.docker('ps', '--quiet', '--filter', its);
    const tasks = ids.split('\n').filter((id) => id !== '');
    return (await Promise.all(tasks.map((id) => engine.addressOf(id, 'inner')))).toSorted();
  }

  async function settles(replicas: number): Promise<void> {
    await eventually(
      async () => {
        const wanted = await running();
        assert.equal(wanted.length, replicas);
        assert.deepEqual(await addresses(nameserver.dns, 'tasks.shop.dev.docker'), wanted);
      },
      40_000,
      100,
    );
  }

  /** A service's virtual address in a network, as the Engine has it. */
  async function virtual(service: string, network: string): Promise<string> {
    const id = await engine.docker('network', 'inspect', '--format', '{{.Id}}', network);
    const all = await engine.docker(
      'service',
      'inspect',
      '--format',
      '{{json .Endpoint.VirtualIPs}}',
      service,
    );
    const found = JSON.parse(all).find(({ NetworkID }: { NetworkID: string }) => NetworkID === id);
    return found.Addr.split('/')[0];
  }

  async function answers(name: string, ...wanted: readonly string[]): Promise<void> {
    const at = wanted.toSorted();
    await eventually(async () => assert.deepEqual(await addresses(nameserver.dns, name), at), 40_000, 100);
  }

  it('the service has its virtual address, in the network of its tasks and not in the routing mesh', async () => {
    await answers('shop.dev.docker', await virtual('shop', 'inner'));
    await answers('inner.shop.dev.docker', await virtual('shop', 'inner'));
  });

  it('the tasks have names, in the network that they share and not in the routing mesh', async () => {
    await settles(2);
    const slots = await Promise.all(
      [1, 2].map((slot) => addresses(nameserver.dns, `${slot}.shop.dev.docker`)),
    );
    assert.deepEqual(slots.flat().toSorted(), await running());
  });

  it('plugin test --running shows what is published, word for word', async () => {
    const here = ['--docker', `unix://${engine.socket}`, '--node', 'here'];
    const { code, printed } = await ran(['plugin', 'test', 'swarm', '--running', ...here, '--json']);
    assert.equal(code, 0);
    const shown = JSON.parse(printed).flatMap(({ records }: { records: readonly Shown[] }) =>
      records.map(({ key, value }) => [`/skydns/${key}`, value]),
    );
    assert.equal(shown.length, 2 * 2 + 2, 'two tasks and a service, and an alias of each');
    assert.deepEqual(Object.fromEntries(shown), await stored());
  });

  /** What the store has, by its keys. */
  async function stored(): Promise<Readonly<Record<string, unknown>>> {
    const { kvs } = JSON.parse(await etcd.control('get', '--prefix', '/skydns/', '--write-out=json'));
    const text = (base64: string) => Buffer.from(base64, 'base64').toString();
    return Object.fromEntries(kvs.map(({ key, value }: Pair) => [text(key), JSON.parse(text(value))]));
  }

  for (const replicas of [4, 1]) {
    it(`the tasks follow the service to ${replicas} replicas`, async () => {
      await engine.docker('service', 'scale', '--detach', `shop=${replicas}`);
      await settles(replicas);
    });
  }

  it('they follow it through an update, which replaces each', async () => {
    const before = await engine.docker('ps', '--quiet');
    await engine.docker('service', 'update', '--detach', '--force', 'shop');
    await eventually(async () => assert.notEqual(await engine.docker('ps', '--quiet'), before), 40_000, 100);
    await settles(1);
  });

  it('the virtual address is the service’s own, whatever becomes of its tasks', async () => {
    await answers('shop.dev.docker', await virtual('shop', 'inner'));
  });

  it('a service of two networks has a name in each, and the one of the rule without', async function () {
    const joining = ['service', 'update', '--detach', '--network-add', 'outer', 'shop'];
    await once(this, () => engine.docker(...joining));
    await answers('outer.shop.dev.docker', await virtual('shop', 'outer'));
    await answers('inner.shop.dev.docker', await virtual('shop', 'inner'));
    await answers('shop.dev.docker', await virtual('shop', 'inner'));
  });

  it('a service that asks to be left out is, and its tasks answer for it', async () => {
    await engine.docker('service', 'update', '--detach', '--label-add', 'callsign.ignore=true', 'shop');
    await eventually(
      async () => assert.deepEqual(await addresses(nameserver.dns, 'shop.dev.docker'), await running()),
      40_000,
      100,
    );
  });

  it('a service without a virtual address is its tasks', async function () {
    const service = ['--name', 'many', '--network', 'inner', '--endpoint-mode', 'dnsrr', '--replicas', '2'];
    await once(this, () => engine.docker('service', 'create', ...AT_ONCE, ...service, 'web'));
    await eventually(
      async () => {
        const wanted = await running('many');
        assert.equal(wanted.length, 2);
        assert.deepEqual(await addresses(nameserver.dns, 'many.dev.docker'), wanted);
      },
      40_000,
      100,
    );
  });

  it('they are gone with it', async function () {
    await once(this, () => engine.docker('service', 'rm', 'shop'));
    await eventually(
      async () => assert.deepEqual(await addresses(nameserver.dns, 'shop.dev.docker'), []),
      40_000,
      100,
    );
  });
});
