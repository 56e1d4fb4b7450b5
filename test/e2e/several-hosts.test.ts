import assert from 'node:assert/strict';
import { addresses } from '../support/dig.ts';
import { Engine } from '../support/engine.ts';
import { Etcd } from '../support/etcd.ts';
import { BUSYBOX, DIG, DOCKERD, ETCD, IP, requireParts } from '../support/parts.ts';
import { TcpProxy } from '../support/proxy.ts';
import { type Stayed, type Verdict, whileAsking } from './support/asker.ts';
import { explain, NameserverProcess, RegistrarProcess } from './support/pair.ts';
import { type Site, zoneSettles } from './support/zone.ts';

/** Seconds: as long as it takes to find out that a member does not answer, and to ask another. */
const LEASE = '9';
const NOTHING_SEEN: Verdict = { unanswered: 0, wrong: [] };

describe('e2e: several hosts on an etcd of three members', function () {
  this.timeout(90_000);
  const proxies: TcpProxy[] = [];
  const registrars: RegistrarProcess[] = [];
  let etcds: Etcd[] = [];
  let nameserver: NameserverProcess;
  let eu: Required<Site>;
  let us: Required<Site>;
  let round = 0;

  before(async function () {
    requireParts(this, BUSYBOX, DIG, DOCKERD, ETCD, IP);
    etcds = await Etcd.cluster(3);
    for (const { port } of etcds) proxies.push(await TcpProxy.to(port));
    const store = `etcd://${proxies.map(({ port }) => `127.0.0.1:${port}`).join()}/skydns`;
    eu = { engine: await Engine.start(), node: 'paris', region: 'eu' };
    us = { engine: await Engine.start(), node: 'boston', region: 'us' };
    nameserver = new NameserverProcess(us.engine, store);
    for (const { engine, node, region } of [eu, us]) {
      registrars.push(new RegistrarProcess(engine, store, node, '--region', region, '--lease', LEASE));
    }
    await Promise.all([nameserver, ...registrars].map((each) => each.start()));
    for (const { engine } of [eu, us]) {
      await engine.importImage('web', 'EXPOSE 80');
      await engine.run('stayed', 'web');
    }
    await zoneSettles(nameserver.dns, eu, us);
  });

  afterEach(function () {
    explain(this, nameserver, ...registrars);
  });

  after(async () => {
    await Promise.all(registrars.map((registrar) => registrar.end('SIGTERM')));
    await nameserver?.end('SIGTERM');
    await Promise.all([eu, us].map((site) => site?.engine.stop()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await Promise.all(etcds.map((etcd) => etcd.close()));
  });

  for (const [name, whose] of [
    ['*.eu.*.web.dev.docker', () => [eu]],
    ['*.us.*.web.dev.docker', () => [us]],
    ['paris.*.*.web.dev.docker', () => [eu]],
    ['boston.us.stayed.web.dev.docker', () => [us]],
    ['stayed.web.dev.docker', () => [eu, us]],
  ] as const) {
    it(`${name} is answered with the containers that it means`, async () => {
      const wanted = await Promise.all(whose().map(({ engine }) => engine.addressOf('stayed')));
      assert.deepEqual(await addresses(nameserver.dns, name), wanted.toSorted());
    });
  }

  it('a member of etcd that is killed changes nothing that a client can see', async () => {
    const verdict = await whileAsking(await stayed(), async () => {
      await etcds[0]?.end('SIGKILL');
      await comeAndGo();
      await etcds[0]?.restart();
      await comeAndGo();
    });
    assert.deepEqual(verdict, NOTHING_SEEN);
  });

  it('nor does one that is cut off without a word', async () => {
    const verdict = await whileAsking(await stayed(), async () => {
      proxies[1]?.stall();
      await comeAndGo();
      proxies[1]?.cut();
      proxies[1]?.heal();
      await comeAndGo();
    });
    assert.deepEqual(verdict, NOTHING_SEEN);
  });

  it('a host that is lost takes its own names with it when its lease ends, and no other', async () => {
    const verdict = await whileAsking(await stayed(), async () => {
      await Promise.all([registrars[0]?.end('SIGKILL'), eu.engine.end('SIGKILL')]);
      await zoneSettles(nameserver.dns, us);
    });
    assert.deepEqual(verdict, NOTHING_SEEN);
    assert.deepEqual(await addresses(nameserver.dns, '*.eu.*.web.dev.docker'), []);
  });

  async function stayed(): Promise<Stayed> {
    const address = await us.engine.addressOf('stayed');
    return { server: nameserver.dns, name: '*.us.stayed.web.dev.docker', address };
  }

  /** A container starts on each host, and those of the last round end. */
  async function comeAndGo(): Promise<void> {
    round += 1;
    for (const { engine } of [eu, us]) {
      await engine.run(`come${round}`, 'web');
      if (round > 1) await engine.docker('rm', '--force', `come${round - 1}`);
    }
    await zoneSettles(nameserver.dns, eu, us);
  }
});
