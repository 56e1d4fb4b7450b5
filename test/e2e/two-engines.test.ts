import assert from 'node:assert/strict';
import { addresses } from '../support/dig.ts';
import { Engine } from '../support/engine.ts';
import { Etcd } from '../support/etcd.ts';
import { BUSYBOX, DIG, DOCKERD, ETCD, IP, requireParts } from '../support/parts.ts';
import { type Stayed, whileAsking } from './support/asker.ts';
import { explain, NameserverProcess, RegistrarProcess } from './support/pair.ts';
import { type Site, zoneSettles } from './support/zone.ts';

const SHARED = 'same.web.dev.docker';
/** Seconds: what has to be waited for when a registrar does not come back, and the other has to renew in time. */
const LEASE = ['--lease', '10'];

describe('e2e: two Engines in one zone', function () {
  this.timeout(120_000);
  let etcd: Etcd;
  let nameserver: NameserverProcess;
  const sites: Site[] = [];
  const registrars: RegistrarProcess[] = [];

  before(async function () {
    requireParts(this, BUSYBOX, DIG, DOCKERD, ETCD, IP);
    etcd = await Etcd.start();
    for (const node of ['left', 'right']) sites.push({ node, engine: await Engine.start() });
    const store = `etcd://127.0.0.1:${etcd.port}/skydns`;
    nameserver = new NameserverProcess(engineOf(0), store);
    registrars.push(...sites.map(({ engine, node }) => new RegistrarProcess(engine, store, node, ...LEASE)));
    await Promise.all([nameserver, ...registrars].map((each) => each.start()));
    await Promise.all(sites.map(({ engine }) => engine.importImage('web', 'EXPOSE 80')));
    await Promise.all(sites.map(({ engine }) => engine.run('same', 'web')));
  });

  afterEach(function () {
    explain(this, nameserver, ...registrars);
  });

  after(async () => {
    await Promise.all(registrars.map((registrar) => registrar.end('SIGTERM')));
    await nameserver?.end('SIGTERM');
    await Promise.all(sites.map(({ engine }) => engine.stop()));
    await etcd?.close();
  });

  it('one instance name on both is answered with both', async () => {
    await zoneSettles(nameserver.dns, ...sites);
    const both = await Promise.all(sites.map(({ engine }) => engine.addressOf('same')));
    assert.deepEqual(await addresses(nameserver.dns, SHARED), both.toSorted());
  });

  it('each is alone under the name of its node', async () => {
    for (const { engine, node } of sites) {
      const found = await addresses(nameserver.dns, `${node}.default.${SHARED}`);
      assert.deepEqual(found, [await engine.addressOf('same')]);
    }
  });

  it('a registrar that dies for good takes its own records with it and no other', async () => {
    const verdict = await whileAsking(await right(), async () => {
      await registrars[0]?.end('SIGKILL');
      await zoneSettles(nameserver.dns, ...sites.slice(1));
    });
    assert.deepEqual(verdict, { unanswered: 0, wrong: [] });
  });

  it('it brings them back when it returns', async () => {
    await registrars[0]?.start();
    await zoneSettles(nameserver.dns, ...sites);
  });

  it('stopping one leaves the other', async () => {
    const verdict = await whileAsking(await right(), async () => {
      await engineOf(0).docker('stop', 'same');
      await zoneSettles(nameserver.dns, ...sites);
    });
    assert.deepEqual(verdict, { unanswered: 0, wrong: [] });
    assert.deepEqual(await addresses(nameserver.dns, SHARED), [await engineOf(1).addressOf('same')]);
  });

  async function right(): Promise<Stayed> {
    const address = await engineOf(1).addressOf('same');
    return { server: nameserver.dns, name: `right.default.${SHARED}`, address };
  }

  function engineOf(at: number): Engine {
    const site = sites[at];
    assert.ok(site);
    return site.engine;
  }
});
