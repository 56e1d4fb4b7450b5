import assert from 'node:assert/strict';
import { Engine } from '../support/engine.ts';
import { Etcd } from '../support/etcd.ts';
import { BUSYBOX, DIG, DOCKERD, ETCD, IP, requireParts } from '../support/parts.ts';
import { type Stayed, whileAsking } from './support/asker.ts';
import { Client } from './support/client.ts';
import { explain, NameserverProcess, RegistrarProcess } from './support/pair.ts';
import { zoneSettles } from './support/zone.ts';

const STAYED = 'stayed.web.dev.docker';

/** A part that is away for a while, and containers that come and go in the meantime. */
interface Outage {
  readonly title: string;
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
  /** The nameserver cannot answer while it is away itself; it may never answer wrongly. */
  readonly silent?: boolean;
  /** dockerd cannot start and remove containers while it is away; they can still die. */
  readonly withoutEngine?: boolean;
}

describe('e2e: parts that go away while traffic runs', function () {
  this.timeout(180_000);
  let engine: Engine;
  let etcd: Etcd;
  let nameserver: NameserverProcess;
  let registrar: RegistrarProcess;
  let client: Client;
  let stayed: Stayed;
  let round = 0;

  before(async function () {
    requireParts(this, BUSYBOX, DIG, DOCKERD, ETCD, IP);
    [engine, etcd] = await Promise.all([Engine.start({ liveRestore: true }), Etcd.start()]);
    await engine.importImage('web', 'EXPOSE 80');
    const store = `etcd://127.0.0.1:${etcd.port}/skydns`;
    nameserver = new NameserverProcess(engine, store);
    registrar = new RegistrarProcess(engine, store, 'here');
    await Promise.all([nameserver.start(), registrar.start()]);
    await engine.run('stayed', 'web');
    client = await Client.start(engine, 'web', STAYED);
    stayed = { server: nameserver.dns, name: STAYED, address: await engine.addressOf('stayed') };
    await settles();
  });

  afterEach(function () {
    explain(this, nameserver, registrar);
  });

  after(async () => {
    await registrar?.end('SIGTERM');
    await nameserver?.end('SIGTERM');
    await Promise.all([engine?.stop(), etcd?.close()]);
  });

  const outages: readonly Outage[] = [
    {
      title: 'the registrar is restarted',
      begin: () => registrar.end('SIGTERM'),
      end: () => registrar.start(),
    },
    {
      title: 'the registrar is killed',
      begin: () => registrar.end('SIGKILL'),
      end: () => registrar.start(),
    },
    {
      title: 'the nameserver is restarted',
      begin: () => nameserver.end('SIGTERM'),
      end: () => nameserver.start(),
      silent: true,
    },
    {
      title: 'the nameserver is killed',
      begin: () => nameserver.end('SIGKILL'),
      end: () => nameserver.start(),
      silent: true,
    },
    { title: 'etcd is restarted', begin: () => etcd.end('SIGTERM'), end: () => etcd.restart() },
    { title: 'etcd is killed', begin: () => etcd.end('SIGKILL'), end: () => etcd.restart() },
    { title: 'etcd hangs', begin: () => etcd.pause(), end: async () => etcd.resume() },
    {
      title: 'dockerd is restarted',
      begin: () => engine.end('SIGTERM'),
      end: () => engine.begin(),
      withoutEngine: true,
    },
    {
      title: 'dockerd is killed',
      begin: () => engine.end('SIGKILL'),
      end: () => engine.begin(),
      withoutEngine: true,
    },
  ];

  for (const { title, begin, end, silent = false, withoutEngine = false } of outages) {
    it(`${title}: nothing that stayed up is answered wrongly, and the zone catches up`, async () => {
      const { gone, pid } = await startGoner();
      await client.heard();
      const verdict = await whileAsking(stayed, async () => {
        try {
          await begin();
          if (withoutEngine) process.kill(pid, 'SIGKILL');
          else await comeAndGo(gone);
        } finally {
          await end();
        }
        await settles();
      });
      assert.deepEqual(verdict.wrong, []);
      if (silent) return;
      assert.equal(verdict.unanswered, 0);
      assert.deepEqual(await client.heard(), [stayed.address]);
    });
  }

  async function settles(): Promise<void> {
    await zoneSettles(nameserver.dns, { engine, node: 'here' });
  }

  /** A container that runs and is known when the part goes away, and does not run when it comes back. */
  async function startGoner(): Promise<{ readonly gone: string; readonly pid: number }> {
    round += 1;
    const gone = `gone${round}`;
    await engine.run(gone, 'web');
    await settles();
    return { gone, pid: Number(await engine.docker('inspect', '--format', '{{.State.Pid}}', gone)) };
  }

  async function comeAndGo(gone: string): Promise<void> {
    await engine.run(`come${round}`, 'web');
    await engine.docker('rm', '--force', gone);
  }
});
