import assert from 'node:assert/strict';
import { addresses } from '../support/dig.ts';
import { Engine } from '../support/engine.ts';
import { Etcd, type Seat } from '../support/etcd.ts';
import { Namespace } from '../support/namespace.ts';
import { BUSYBOX, DIG, DOCKERD, ETCD, IP, requireParts } from '../support/parts.ts';
import { type Stayed, type Verdict, whileAsking } from './support/asker.ts';
import { explain, NameserverProcess, RegistrarProcess } from './support/pair.ts';
import { type Site, zoneSettles } from './support/zone.ts';

/** Seconds: longer than it takes to find out that a member does not answer, and to ask another. */
const LEASE = '15';
const NOTHING_SEEN: Verdict = { unanswered: 0, wrong: [] };

/**
 *     m0  .250 ──┐
 *     m1  .251 ──┼── the bridge of a host ── nameserver, registrars
 *     m2  .252 ──┘
 */
describe('e2e: several hosts on an etcd of three members', function () {
  this.timeout(180_000);
  const networks: Namespace[] = [];
  const registrars: RegistrarProcess[] = [];
  let etcds: Etcd[] = [];
  let nameserver: NameserverProcess;
  let eu: Required<Site>;
  let us: Required<Site>;
  let round = 0;

  before(async function () {
    requireParts(this, BUSYBOX, DIG, DOCKERD, ETCD, IP);
    eu = { engine: await Engine.start(), node: 'paris', region: 'eu' };
    us = { engine: await Engine.start(), node: 'boston', region: 'us' };
    etcds = await Etcd.cluster(3, [await seat(0), await seat(1), await seat(2)]);
    const store = `etcd://${etcds.map(({ address }) => address).join()}/skydns`;
    nameserver = new NameserverProcess(us.engine, store);
    for (const { engine, node, region } of [eu, us]) {
      registrars.push(new RegistrarProcess(engine, store, node, '--region', region, '--lease', LEASE));
    }
    for (const daemon of [nameserver, ...registrars]) await daemon.start();
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
    await Promise.all(etcds.map((etcd) => etcd.close()));
    await Promise.all(networks.map((network) => network.close()));
    await Promise.all([eu, us].map((site) => site?.engine.stop()));
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
      await comeAndGo().finally(() => etcds[0]?.restart());
      await comeAndGo();
    });
    assert.deepEqual(verdict, NOTHING_SEEN);
  });

  for (const at of [0, 1, 2]) {
    it(`nor does member ${at} that is partitioned from everybody, whether it leads or not`, async () => {
      const verdict = await whileAsking(await stayed(), async () => {
        await networks[at]?.partition();
        await comeAndGo().finally(() => networks[at]?.heal(us.engine.bridge.name));
        await comeAndGo();
      });
      assert.deepEqual(verdict, NOTHING_SEEN);
    });
  }

  it('a host that is lost takes its own names with it when its lease ends, and no other', async () => {
    const verdict = await whileAsking(await stayed(), async () => {
      await Promise.all([registrars[0]?.end('SIGKILL'), eu.engine.end('SIGKILL')]);
      await zoneSettles(nameserver.dns, us);
    });
    assert.deepEqual(verdict, NOTHING_SEEN);
    assert.deepEqual(await addresses(nameserver.dns, '*.eu.*.web.dev.docker'), []);
  });

  /** A network namespace for a member of etcd, plugged into the bridge above the addresses of containers. */
  async function seat(at: number): Promise<Seat> {
    const network = await Namespace.make(`m${at}`);
    networks.push(network);
    const host = us.engine.bridge.seat(at);
    await network.plugInto(us.engine.bridge.name, `${host}/24`);
    return { host, network };
  }

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
