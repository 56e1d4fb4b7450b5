import assert from 'node:assert/strict';
import { formatSocketAddress } from '@callsign/daemon';
import { Engine } from '../support/engine.ts';
import { BUSYBOX, DIG, DOCKERD, IP, requireParts } from '../support/parts.ts';
import { type Stayed, whileAsking } from './support/asker.ts';
import { explain, NameserverProcess, RegistrarProcess } from './support/pair.ts';
import { zoneSettles } from './support/zone.ts';

/** The registrar keeps its records through the nameserver's REST API; there is no etcd. */
describe('e2e: a pair without etcd', function () {
  this.timeout(180_000);
  let engine: Engine;
  let nameserver: NameserverProcess;
  let registrar: RegistrarProcess;
  let stayed: Stayed;

  before(async function () {
    requireParts(this, BUSYBOX, DIG, DOCKERD, IP);
    engine = await Engine.start();
    await engine.importImage('web', 'EXPOSE 80');
    nameserver = new NameserverProcess(engine, `embedded:${engine.path('store.journal')}`);
    registrar = new RegistrarProcess(engine, `http://${formatSocketAddress(nameserver.http)}`, 'here');
    await engine.run('stayed', 'web');
    const address = await engine.addressOf('stayed');
    stayed = { server: nameserver.dns, name: 'stayed.web.dev.docker', address };
  });

  afterEach(function () {
    explain(this, nameserver, registrar);
  });

  after(async () => {
    await registrar?.end('SIGTERM');
    await nameserver?.end('SIGTERM');
    await engine?.stop();
  });

  it('the registrar may be the first to start', async () => {
    await registrar.start();
    await nameserver.start();
    await settles();
  });

  it('containers come and go', async () => {
    await engine.run('one', 'web');
    await settles();
    await engine.docker('rm', '--force', 'one');
    await settles();
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`the registrar ends by ${signal} and comes back: every answer is right`, async () => {
      const verdict = await whileAsking(stayed, async () => {
        await registrar.end(signal);
        await engine.run(`while-${signal.toLowerCase()}`, 'web').finally(() => registrar.start());
        await settles();
      });
      assert.deepEqual(verdict, { unanswered: 0, wrong: [] });
    });

    it(`the nameserver and its store end by ${signal} and come back: no answer is wrong`, async () => {
      const { wrong } = await whileAsking(stayed, async () => {
        await nameserver.end(signal);
        const removed = engine.docker('rm', '--force', `while-${signal.toLowerCase()}`);
        await removed.finally(() => nameserver.start());
        await settles();
      });
      assert.deepEqual(wrong, []);
    });
  }

  async function settles(): Promise<void> {
    await zoneSettles(nameserver.dns, { engine, node: 'here' });
  }
});
