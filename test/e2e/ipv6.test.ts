import assert from 'node:assert/strict';
import { formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import { reverseName } from '@callsign/dns';
import { ask } from '../support/dig.ts';
import { Engine } from '../support/engine.ts';
import { Etcd } from '../support/etcd.ts';
import { BUSYBOX, DIG, DOCKERD, ETCD, IP, requireParts } from '../support/parts.ts';
import { freePort } from '../support/ports.ts';
import { Callsign } from '../support/process.ts';
import { eventually } from '../support/wait.ts';
import { once } from './support/again.ts';

const HERE = '[::1]:0';
const DUAL = ['--network', 'dual', '--label', 'callsign.port=80,8080', '--label', 'callsign.aliases=db'];

/** Everybody listens on ::1 and nowhere else: what works, works over IPv6. */
describe('e2e: IPv6 alone between the daemons, and containers with addresses of both families', function () {
  this.timeout(120_000);
  let engine: Engine;
  let etcd: Etcd;
  let upstream: Callsign;
  let nameserver: Callsign;
  let registrar: Callsign;
  let id: string;
  let ipv4: string;
  let ipv6: string;

  before(async function () {
    requireParts(this, BUSYBOX, DIG, DOCKERD, ETCD, IP);
    const docker = `tcp://[::1]:${await freePort()}`;
    const [member] = await Etcd.cluster(1, [{ host: '[::1]' }]);
    etcd = member as Etcd;
    engine = await Engine.start({ address: docker });
    await engine.importImage('web', 'EXPOSE 80');
    await engine.docker('network', 'create', '--ipv6', '--subnet', subnetOf(engine), 'dual');
    id = (await engine.run('web1', 'web', ...DUAL)).slice(0, 12);
    [ipv4, ipv6] = await addressesOf(engine, 'web1');
    upstream = await serve(
      ...['nameserver', '--store', `embedded:${engine.path('corp.journal')}`],
      ...['--domain', 'corp', '--nameserver', 'none'],
    );
    const store = ['--store', `etcd://[::1]:${etcd.port}/skydns`];
    const others = ['--domain', 'docker', '--nameserver', formatSocketAddress(upstream.dns)];
    nameserver = await serve('nameserver', ...store, ...others);
    registrar = await Callsign.serving(['registrar', ...store, ...READS, '--docker', docker]);
    await eventually(async () => assert.deepEqual(await told('web.dev.docker', 'A'), [ipv4]), 20_000);
  });

  afterEach(function () {
    if (this.currentTest?.state !== 'failed') return;
    for (const daemon of [upstream, nameserver, registrar]) process.stderr.write(`\n${daemon?.said}\n`);
  });

  after(async () => {
    for (const daemon of [registrar, nameserver, upstream]) await daemon?.end('SIGTERM');
    await Promise.all([engine?.stop(), etcd?.close()]);
  });

  /** The data of what dig is answered with, sorted. */
  async function told(name: string, type: string, server: SocketAddress = nameserver.dns): Promise<string[]> {
    return (await ask(server, name, type)).answer.map(dataOf).toSorted();
  }

  for (const name of ['web1.web.dev.docker', 'web.dev.docker', 'db.docker', '*.default.*.web.dev.docker']) {
    it(`${name} is answered with both addresses`, async () => {
      assert.deepEqual([await told(name, 'A'), await told(name, 'AAAA')], [[ipv4], [ipv6]]);
    });
  }

  it('SRV has one record for each port, and both addresses of its target', async () => {
    const { answer, additional } = await ask(nameserver.dns, 'web1.web.dev.docker', 'SRV', { tcp: true });
    const targets = [id, `${id}-8080`].map((label) => `${label}.here.default.web1.web.dev.docker.`);
    assert.deepEqual(answer.map(dataOf).toSorted(), [`10 50 80 ${targets[0]}`, `10 50 8080 ${targets[1]}`]);
    const owned = additional.map((line) => `${line.split(' ')[0]} ${dataOf(line)}`);
    assert.deepEqual(
      owned.toSorted(),
      targets.flatMap((target) => [`${target} ${ipv4}`, `${target} ${ipv6}`]).toSorted(),
    );
    for (const target of targets) {
      assert.deepEqual([await told(target, 'A'), await told(target, 'AAAA')], [[ipv4], [ipv6]]);
    }
  });

  it('both addresses have the name of the instance', async () => {
    for (const address of [ipv4, ipv6]) {
      assert.deepEqual(await told(reverseName(address) as string, 'PTR'), ['web1.web.dev.docker.']);
    }
  });

  it('a container with one address keeps the key it always had', async () => {
    const single = await engine.run('web2', 'web', '--label', 'callsign.service=one');
    const key = `/skydns/docker/dev/one/web2/default/here/${single.slice(0, 12)}`;
    await eventually(async () =>
      assert.match(await etcd.control('get', '--prefix', '/skydns/docker/dev/one'), new RegExp(`^${key}\n`)),
    );
    assert.doesNotMatch(await etcd.control('get', key), /targetstrip/);
  });

  it('a container that leaves the network for one with IPv4 alone has that address alone', async function () {
    await once(this, () => engine.docker('network', 'connect', 'bridge', 'web1'));
    await once(this, () => engine.docker('network', 'disconnect', 'dual', 'web1'));
    const left = await engine.addressOf('web1', 'bridge');
    await eventually(async () => {
      assert.deepEqual([await told('db.docker', 'A'), await told('db.docker', 'AAAA')], [[left], []]);
    });
    assert.deepEqual(await told(reverseName(ipv6) as string, 'PTR').catch(() => []), []);
  });

  it('names that are not ours come from an upstream at ::1, which has them from REST at ::1', async () => {
    const url = `http://${formatSocketAddress(upstream.http)}/v1/services/www.corp`;
    const body = JSON.stringify({ host: '2001:db8::80' });
    const { ok } = await fetch(url, {
      method: 'PUT',
      body,
      headers: { 'content-type': 'application/json' },
    });
    assert.ok(ok);
    assert.deepEqual(await told('www.corp', 'AAAA'), ['2001:db8::80']);
  });

  it('a registrar keeps records through the REST API of a nameserver at ::1', async () => {
    const store = ['--store', `http://${formatSocketAddress(upstream.http)}`, '--domain', 'corp'];
    const socket = ['--docker', `unix://${engine.socket}`];
    const other = await Callsign.serving(['registrar', ...store, ...READS, ...socket]);
    try {
      const address = await engine.addressOf('web2');
      await eventually(async () => assert.deepEqual(await told('web2.one.dev.corp', 'A'), [address]));
    } finally {
      await other.end('SIGTERM');
    }
  });
});

/** What every registrar here is told. */
const READS = ['--node', 'here', '--http', HERE];

function serve(...args: readonly string[]): Promise<Callsign> {
  return Callsign.serving([...args, '--dns', HERE, '--http', HERE]);
}

function dataOf(line: string): string {
  return line.split(' ').slice(4).join(' ');
}

/** Each Engine has its own, as its bridge has. */
function subnetOf({ bridge }: Engine): string {
  return `fd42:ca11:${bridge.dataPort.toString(16)}::/64`;
}

async function addressesOf(engine: Engine, container: string): Promise<[string, string]> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.GlobalIPv6Address}}{{end}}';
  const [ipv4 = '', ipv6 = ''] = (await engine.docker('inspect', '--format', format, container)).split(' ');
  return [ipv4, ipv6];
}
