import assert from 'node:assert/strict';
import { addresses } from '../support/dig.ts';
import { Engine } from '../support/engine.ts';
import { Etcd } from '../support/etcd.ts';
import { BUSYBOX, DIG, DOCKERD, ETCD, IP, requireParts } from '../support/parts.ts';
import { eventually } from '../support/wait.ts';
import { once } from './support/again.ts';
import { whileAsking } from './support/asker.ts';
import { explain, NameserverProcess, RegistrarProcess } from './support/pair.ts';

const NAME = 'shop.dev.docker';

describe('e2e: two managers of a Swarm', function () {
  this.timeout(180_000);
  const engines: Engine[] = [];
  const registrars: RegistrarProcess[] = [];
  let etcd: Etcd;
  let nameserver: NameserverProcess;

  before(async function () {
    requireParts(this, BUSYBOX, DIG, DOCKERD, ETCD, IP);
    etcd = await Etcd.start();
    for (let at = 0; at < 2; at += 1) engines.push(await Engine.start());
    await first().initSwarm();
    await second().joinSwarm(first());
    const store = `etcd://127.0.0.1:${etcd.port}/skydns`;
    nameserver = new NameserverProcess(first(), store);
    registrars.push(new RegistrarProcess(first(), store, 'first', '--plugins', 'swarm'));
    registrars.push(new RegistrarProcess(second(), store, 'second', '--plugins', 'swarm'));
    await Promise.all([nameserver, ...registrars].map((each) => each.start()));
    // No task runs: what is said of the service comes from its manager alone.
    await first().docker('network', 'create', '--driver', 'overlay', 'inner');
    const service = ['--name', 'shop', '--network', 'inner', '--replicas', '0'];
    await first().docker('service', 'create', '--detach', '--no-resolve-image', ...service, 'web');
  });

  afterEach(function () {
    explain(this, nameserver, ...registrars);
  });

  after(async () => {
    await Promise.all(registrars.map((registrar) => registrar.end('SIGTERM')));
    await nameserver?.end('SIGTERM');
    for (const engine of engines.toReversed())
      await engine.docker('swarm', 'leave', '--force').catch(() => undefined);
    await Promise.all(engines.map((engine) => engine.stop()));
    await etcd?.close();
  });

  it('the one that leads speaks for the services, and it alone', async () => {
    await eventually(async () => assert.deepEqual(await addresses(nameserver.dns, NAME), [await virtual()]));
    assert.deepEqual(await speakers(), ['first']);
  });

  it('the next leader takes over without anybody seeing it', async () => {
    const stayed = { server: nameserver.dns, name: NAME, address: await virtual() };
    const verdict = await whileAsking(stayed, async () => {
      await second().docker('node', 'demote', await nodeOf(first()));
      await eventually(async () => assert.deepEqual(await speakers(), ['second']), 60_000, 200);
    });
    assert.deepEqual(verdict, { unanswered: 0, wrong: [] });
  });

  it('and lets the names go with the service', async function () {
    await once(this, () => second().docker('service', 'rm', 'shop'));
    await eventually(async () => assert.deepEqual(await addresses(nameserver.dns, NAME), []));
  });

  /** The nodes whose registrars have a record of the service. */
  async function speakers(): Promise<readonly string[]> {
    const found = await etcd.control('get', '--prefix', '/skydns/', '--print-value-only');
    const records = found.split('\n').filter((line) => line !== '');
    return [...new Set(records.map((line) => JSON.parse(line).callsign.owner))].toSorted();
  }

  async function virtual(): Promise<string> {
    const found = await second().docker(
      'service',
      'inspect',
      '--format',
      '{{json .Endpoint.VirtualIPs}}',
      'shop',
    );
    return JSON.parse(found)[0].Addr.split('/')[0];
  }

  async function nodeOf(engine: Engine): Promise<string> {
    return await engine.docker('info', '--format', '{{.Swarm.NodeID}}');
  }

  function first(): Engine {
    return engines[0] ?? assert.fail();
  }

  function second(): Engine {
    return engines[1] ?? assert.fail();
  }
});
