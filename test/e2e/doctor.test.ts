import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatSocketAddress } from '@callsign/daemon';
import { ran } from '../../packages/cli/test/ran.ts';
import { running } from '../../packages/nameserver/test/support/running.ts';
import { Engine } from '../support/engine.ts';
import { Etcd } from '../support/etcd.ts';
import { BUSYBOX, DOCKERD, ETCD, IP, requireParts } from '../support/parts.ts';
import { freePort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

interface Found {
  readonly about: string;
  readonly state: string;
  readonly text: string;
}

describe('callsign doctor, on what is really wrong', () => {
  let folder: string;
  let nowhere: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'callsign-doctor-'));
    nowhere = `127.0.0.1:${await freePort()}`;
  });

  after(() => rm(folder, { recursive: true }));

  /** What it says, with nothing of this machine's own in it but what the words name. */
  async function examined(
    ...words: readonly string[]
  ): Promise<{ code: number; of: (about: string) => Found }> {
    const own = ['--http', nowhere, '--docker', join(folder, 'no.sock'), '--dns', nowhere];
    if (!words.includes('--resolv-conf')) own.push('--resolv-conf', join(folder, 'no.conf'));
    const { code, printed } = await ran(['doctor', ...own, ...words, '--json']);
    const { findings } = JSON.parse(printed) as { findings: readonly Found[] };
    const of = (about: string) =>
      findings.find((found) => found.about.startsWith(about)) ?? assert.fail(printed);
    return { code, of };
  }

  it('names the process that has the port number', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const { code, of } = await examined('--dns', `127.0.0.1:${port}`);
    const everywhere = await examined('--dns', `:${port}`);
    socket.close();
    assert.equal(code, 1);
    assert.match(
      of(`DNS at 127.0.0.1:${port}`).text,
      new RegExp(`taken by node \\(process ${process.pid}\\)`),
    );
    assert.match(everywhere.of(`DNS at :${port}`).text, new RegExp(`process ${process.pid}`));
  });

  it('finds no fault with a port number that is free', async () => {
    const { of } = await examined();
    assert.equal(of('DNS at').state, 'good');
  });

  it('tells an address that this machine does not have', async () => {
    const { of } = await examined('--dns', '192.0.2.1:53');
    assert.match(of('DNS at 192.0.2.1:53').text, /no such address/);
  });

  it('finds nobody where etcd should be', async () => {
    const { code, of } = await examined('--store', `etcd://${nowhere}`);
    assert.equal(code, 1);
    assert.match(of('the store').text, /nobody answers: .*ECONNREFUSED/);
  });

  it('finds etcd healthy, and without its quorum', async function () {
    requireParts(this, ETCD);
    this.timeout(120_000);
    const cluster = await Etcd.cluster(3);
    try {
      const store = `etcd://${cluster.map(({ port }) => `127.0.0.1:${port}`).join()}`;
      const well = await examined('--store', store);
      assert.match(well.of('the store').text, /^healthy: /);
      assert.equal(well.of('the clocks').state, 'good');
      await cluster[0]?.end('SIGKILL');
      // It may have been the leader: until there is another, there is no quorum.
      await eventually(async () => {
        const { of } = await examined('--store', store);
        assert.equal(of('the store').state, 'odd');
      }, 20_000);
      await cluster[1]?.end('SIGKILL');
      await eventually(async () => {
        const { of } = await examined('--store', store);
        assert.match(of('the store').text, /no quorum/);
      }, 20_000);
    } finally {
      await Promise.all(cluster.map((etcd) => etcd.close()));
    }
  });

  it('finds an upstream that is the nameserver itself, told by its file', async () => {
    const resolvConf = join(folder, 'resolv.conf');
    await writeFile(resolvConf, 'nameserver 127.0.0.1\n');
    const { code, of } = await examined('--resolv-conf', resolvConf, '--dns', '127.0.0.1:53');
    assert.equal(code, 1);
    assert.match(of('upstreams').text, /127\.0\.0\.1:53, named by .*resolv\.conf, is this nameserver itself/);
  });

  it('asks a nameserver that runs what it has', async () => {
    await using answering = await running({ upstreams: [] });
    await using server = await running({
      upstreams: [{ host: '127.0.0.1', port: 9 }, ...answering.nameserver.dnsAddresses],
      about: { version: '1.0.0', store: 'embedded, in memory' },
    });
    const [http] = server.nameserver.httpAddresses;
    const [dns] = server.nameserver.dnsAddresses;
    assert.ok(http !== undefined && dns !== undefined);
    const { printed } = await ran(['doctor', '--http', formatSocketAddress(http), '--docker', '/none.sock']);
    assert.match(printed, /^ok {7}the nameserver: callsign 1\.0\.0 serves 0 records/m);
    assert.match(
      printed,
      new RegExp(`^ok {7}DNS at ${formatSocketAddress(dns)}: Callsign answers there`, 'm'),
    );
    assert.match(printed, /^look {5}upstreams: no answer here from 127\.0\.0\.1:9, named by the nameserver/m);
    assert.match(printed, /^ok {7}the store: it is embedded/m);
    assert.doesNotMatch(printed, /the clocks/);
    assert.match(printed, /^wrong {4}Docker Engine: there is no \/none\.sock\n {9}Start Docker/m);
  });

  for (const [listening, wanted, said] of [
    ['0.0.0.0', '127.0.0.1', /^Callsign answers there$/],
    ['0.0.0.0', '', /^Callsign answers there$/],
    ['', '', /^Callsign answers there$/],
    ['127.0.0.1', '127.0.0.2', /^nobody has it/],
    ['127.0.0.1', '0.0.0.0', /^it is taken by node/],
  ] as const) {
    it(`knows at "${wanted}" a nameserver that listens at "${listening}"`, async () => {
      const about = { version: '1.0.0', store: 'embedded, in memory' };
      await using server = await running({ about, dns: [{ host: listening, port: 0 }] });
      const [http] = server.nameserver.httpAddresses.map(formatSocketAddress);
      const [dns] = server.nameserver.dnsAddresses;
      const { of } = await examined('--http', `${http}`, '--dns', `${wanted}:${dns?.port}`);
      assert.match(of(`DNS at ${wanted}:${dns?.port}`).text, said);
    });
  }

  it('asks a store that is a nameserver at an IPv6 address', async () => {
    await using server = await running({ http: [{ host: '::1', port: 0 }] });
    const { of } = await examined('--store', server.origin);
    assert.deepEqual([of('the store').state, of('the store').text], ['good', `healthy: ${server.origin}`]);
  });

  it('tells a socket that is there from one that somebody listens at, and reads whom containers ask', async () => {
    const dead = join(folder, 'dead.sock');
    const alive = join(folder, 'alive.sock');
    const resolvConf = join(folder, 'container.conf');
    await writeFile(resolvConf, 'nameserver 9.9.9.9\n');
    const inspected = { Name: '/web1', Path: 'nginx', ResolvConfPath: resolvConf, HostConfig: {} };
    const engine = createServer(({ url }, response) => {
      const said = { '/_ping': 'OK', '/containers/json': '[{"Id":"a1"},{"Id":"b2"}]' }[url ?? ''];
      const callsign = { ...inspected, Name: '/dns', Args: ['/opt/callsign/bin/callsign.js'] };
      response.end(said ?? JSON.stringify(url?.includes('b2') ? callsign : inspected));
    }).listen(alive);
    await once(engine, 'listening');
    await writeFile(dead, '');
    const without = await examined('--docker', dead);
    assert.match(without.of('Docker Engine').text, /nobody answers at/);
    const { of } = await examined('--docker', alive, '--dns', '127.0.0.1:53');
    engine.close();
    assert.equal(of('Docker Engine').state, 'good');
    assert.match(of('containers').text, /^1 of 1 ask 9\.9\.9\.9 and not this nameserver: web1$/);
  });

  it('reads of a real Engine whom its containers ask, behind its own resolver too', async function () {
    requireParts(this, BUSYBOX, DOCKERD, IP);
    this.timeout(120_000);
    const engine = await Engine.start();
    try {
      await engine.importImage('web');
      await engine.docker('network', 'create', 'other');
      await engine.run('loyal', 'web', '--dns', '127.0.0.1');
      await engine.run('astray', 'web', '--dns', '192.0.2.53');
      await engine.run('behind', 'web', '--network', 'other', '--dns', '192.0.2.53');
      await engine.run('mute', 'web', '--network', 'none');
      const { of } = await examined('--docker', engine.socket, '--dns', '127.0.0.1:53');
      assert.equal(of('Docker Engine').state, 'good');
      assert.match(
        of('containers').text,
        /^2 of 3 ask 192\.0\.2\.53 and not this nameserver: behind, astray$/,
      );
    } finally {
      await engine.stop();
    }
  });

  it('sees a clock that goes wrong', async () => {
    const store = createServer((_, response) =>
      response.writeHead(200, { date: 'Thu, 01 Jan 1970 00:00:00 GMT' }).end(),
    );
    store.listen(0, '127.0.0.1');
    await once(store, 'listening');
    const { of } = await examined('--store', `http://127.0.0.1:${(store.address() as AddressInfo).port}`);
    store.close();
    assert.equal(of('the clocks').state, 'wrong');
  });
});
