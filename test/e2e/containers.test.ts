import assert from 'node:assert/strict';
import { addresses } from '../support/dig.ts';
import { Engine } from '../support/engine.ts';
import { Etcd } from '../support/etcd.ts';
import { BUSYBOX, DIG, DOCKERD, ETCD, IP, requireParts } from '../support/parts.ts';
import { once } from './support/again.ts';
import { Asker } from './support/asker.ts';
import { Client } from './support/client.ts';
import { explain, NameserverProcess, RegistrarProcess } from './support/pair.ts';
import { zoneSettles } from './support/zone.ts';

const STAYED = 'stayed.web.dev.docker';

type Docker = (...args: string[]) => Promise<unknown>;

/** One life after the other; the containers that a row needs are there from the rows above it. */
const LIVES: readonly [title: string, happen: (docker: Docker, engine: Engine) => Promise<unknown>][] = [
  ['one is started', (_, engine) => engine.run('one', 'web')],
  ['one is stopped', (docker) => docker('stop', 'one')],
  ['one is started again', (docker) => docker('start', 'one')],
  ['one is restarted', (docker) => docker('restart', 'one')],
  [
    'one dies by itself',
    // Detached: the one who kills dies with the container, and may not live to tell that it went well.
    (docker) => Promise.all([docker('wait', 'one'), docker('exec', '--detach', 'one', 'kill', '1')]),
  ],
  ['one is started once more', (docker) => docker('start', 'one')],
  ['one is killed with SIGKILL', (docker) => docker('kill', 'one')],
  [
    'two of one image run',
    (_, engine) => Promise.all([engine.run('two', 'web'), engine.run('three', 'web')]),
  ],
  ['one of them is paused', (docker) => docker('pause', 'two')],
  ['it goes on', (docker) => docker('unpause', 'two')],
  ['it is renamed', (docker) => docker('rename', 'two', 'twice')],
  ['it joins a network', (docker) => docker('network', 'connect', 'other', 'twice')],
  ['it leaves the first one', (docker) => docker('network', 'disconnect', 'bridge', 'twice')],
  ['it leaves the last one', (docker) => docker('network', 'disconnect', 'other', 'twice')],
  ['it comes back to one', (docker) => docker('network', 'connect', 'bridge', 'twice')],
  ['it is removed by force', (docker) => docker('rm', '--force', 'twice')],
  ['one starts on a network of its own', (_, engine) => engine.run('four', 'web', '--network', 'other')],
  [
    'one has the network of another',
    (_, engine) => engine.run('five', 'web', '--network', 'container:three'),
  ],
  ['one has no network', (_, engine) => engine.run('six', 'web', '--network', 'none')],
  ['fifty start, and half of them are removed at once', (docker, engine) => burst(docker, engine)],
];

describe('e2e: the life of containers', function () {
  this.timeout(180_000);
  let engine: Engine;
  let etcd: Etcd;
  let nameserver: NameserverProcess;
  let registrar: RegistrarProcess;
  let client: Client;
  let asker: Asker;

  before(async function () {
    requireParts(this, BUSYBOX, DIG, DOCKERD, ETCD, IP);
    [engine, etcd] = await Promise.all([Engine.start(), Etcd.start()]);
    await engine.importImage('web', 'EXPOSE 80');
    await engine.docker('network', 'create', 'other');
    const store = `etcd://127.0.0.1:${etcd.port}/skydns`;
    nameserver = new NameserverProcess(engine, store);
    registrar = new RegistrarProcess(engine, store, 'here');
    await Promise.all([nameserver.start(), registrar.start()]);
    await engine.run('stayed', 'web');
    client = await Client.start(engine, 'web', STAYED);
    await settles();
    asker = new Asker({ server: nameserver.dns, name: STAYED, address: await engine.addressOf('stayed') });
  });

  afterEach(function () {
    explain(this, nameserver, registrar);
  });

  after(async () => {
    asker?.close();
    await registrar?.end('SIGTERM');
    await nameserver?.end('SIGTERM');
    await Promise.all([engine?.stop(), etcd?.close()]);
  });

  async function settles(): Promise<void> {
    await zoneSettles(nameserver.dns, { engine, node: 'here' });
  }

  for (const [title, happen] of LIVES) {
    it(`${title}: the zone is what docker ps says, to dig and inside a container`, async function () {
      await once(this, () => happen((...args) => engine.docker(...args), engine));
      await settles();
      const found = await addresses(nameserver.dns, 'web.dev.docker', { tcp: true });
      assert.deepEqual(await client.addresses('web.dev.docker'), found);
    });
  }

  it('a service that stayed up was answered rightly every time', async () => {
    await asker.hears(1);
    assert.deepEqual(await asker.verdict(), { unanswered: 0, wrong: [] });
    assert.deepEqual(await client.heard(), [await engine.addressOf('stayed')]);
  });
});

async function burst(docker: Docker, engine: Engine): Promise<void> {
  const names = Array.from({ length: 50 }, (_, at) => `burst${at}`);
  const half = names.filter((_, at) => at % 2 === 0);
  await Promise.all(names.map((name) => engine.run(name, 'web')));
  await docker('rm', '--force', ...half);
}
