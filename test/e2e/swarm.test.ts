import assert from 'node:assert/strict';
import { addresses } from '../support/dig.ts';
import { Engine } from '../support/engine.ts';
import { Etcd } from '../support/etcd.ts';
import { BUSYBOX, DIG, DOCKERD, ETCD, IP, requireParts } from '../support/parts.ts';
import { eventually } from '../support/wait.ts';
import { explain, NameserverProcess, RegistrarProcess } from './support/pair.ts';

describe('e2e: the tasks of a Swarm service', function () {
  this.timeout(90_000);
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
    await engine.docker('network', 'create', '--driver', 'overlay', 'inner');
    const service = ['--name', 'shop', '--network', 'inner', '--publish', '80', '--replicas', '2'];
    const atOnce = ['--detach', '--no-resolve-image', '--stop-grace-period', '1s', '--update-delay', '0s'];
    await engine.docker('service', 'create', ...atOnce, ...service, 'web');
  });

  afterEach(function () {
    explain(this, nameserver, registrar);
  });

  after(async () => {
    await registrar?.end('SIGTERM');
    await nameserver?.end('SIGTERM');
    await engine?.docker('swarm', 'leave', '--force').catch(() => undefined);
    await Promise.all([engine?.stop(), etcd?.close()]);
  });

  /** The addresses of the tasks that run, in the service's own network and not in the routing mesh. */
  async function running(): Promise<readonly string[]> {
    const ids = await engine.docker('ps', '--quiet', '--filter', 'label=com.docker.swarm.service.name=shop');
    const tasks = ids.split('\n').filter((id) => id !== '');
    return (await Promise.all(tasks.map((id) => engine.addressOf(id, 'inner')))).toSorted();
  }

  async function settles(replicas: number): Promise<void> {
    await eventually(
      async () => {
        const wanted = await running();
        assert.equal(wanted.length, replicas);
        assert.deepEqual(await addresses(nameserver.dns, 'shop.dev.docker'), wanted);
      },
      40_000,
      100,
    );
  }

  it('have names, in the network that they share and not in the routing mesh', async () => {
    await settles(2);
    const slots = await Promise.all(
      [1, 2].map((slot) => addresses(nameserver.dns, `${slot}.shop.dev.docker`)),
    );
    assert.deepEqual(slots.flat().toSorted(), await running());
  });

  for (const replicas of [4, 1]) {
    it(`follow the service to ${replicas} replicas`, async () => {
      await engine.docker('service', 'scale', '--detach', `shop=${replicas}`);
      await settles(replicas);
    });
  }

  it('follow it through an update, which replaces each', async () => {
    const before = await engine.docker('ps', '--quiet');
    await engine.docker('service', 'update', '--detach', '--force', 'shop');
    await eventually(async () => assert.notEqual(await engine.docker('ps', '--quiet'), before), 40_000, 100);
    await settles(1);
  });

  it('are gone with it', async () => {
    await engine.docker('service', 'rm', 'shop');
    await eventually(
      async () => assert.deepEqual(await addresses(nameserver.dns, 'shop.dev.docker'), []),
      40_000,
      100,
    );
  });
});
