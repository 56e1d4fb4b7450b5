import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { put } from '@callsign/catalog';
import { encodeQuestion, TYPE } from '@callsign/dns';
import { NO_OVERRIDES } from '@callsign/nameserver';
import { eventually } from '../../../test/support/wait.ts';
import { ZoneFolder } from './support/overriding.ts';
import { type Running, running } from './support/running.ts';

describe('/v1/names', () => {
  let server: Running;
  before(async () => {
    server = await running({ about: { version: '1.2.3', store: 'memory' } });
    await put(server.store, 'docker/dev/web', '{"host":"10.0.0.5","port":80}');
    await put(server.store, 'docker/dev/alias', '{"host":"web.dev.docker"}');
    await eventually(async () => {
      assert.equal((await server.request('GET', '/v1/status')).json.records, 2);
    });
  });
  after(() => server[Symbol.asyncDispose]());

  for (const [path, rcode, answer] of [
    ['web.dev.docker', 'NOERROR', ['web.dev.docker. 30 IN A 10.0.0.5']],
    ['WEB.dev.docker.?type=srv', 'NOERROR', ['web.dev.docker. 30 IN SRV 10 100 80 web.dev.docker.']],
    [
      'alias.dev.docker',
      'NOERROR',
      ['alias.dev.docker. 30 IN CNAME web.dev.docker.', 'web.dev.docker. 30 IN A 10.0.0.5'],
    ],
    ['web.dev.docker?type=TXT', 'NOERROR', []],
    ['nobody.docker', 'NXDOMAIN', []],
    ['example.org', 'REFUSED', []],
    ['docker?type=AXFR', 'REFUSED', []],
  ] as const) {
    it(`answers ${path} as DNS does`, async () => {
      const { status, json } = await server.request('GET', `/v1/names/${path}`);
      assert.deepEqual([status, json.rcode, json.answer], [200, rcode, answer]);
    });
  }

  it('shows names with labels that are more than letters, as DNS-SD has them', async () => {
    using folder = new ZoneFolder();
    const file = folder.write('office', 'printers PTR A\\032printer\\.\n');
    const zoneFiles = [{ zone: 'office.', file }];
    await using office = await running({ overrides: { ...NO_OVERRIDES, zoneFiles } });
    const { status, json } = await office.request('GET', '/v1/names/printers.office?type=PTR');
    assert.deepEqual([status, json.answer], [200, ['printers.office. 30 IN PTR a\\032printer\\046.office.']]);
  });

  it('shows every section, the flags, and the whole as dig does', async () => {
    const { json } = await server.request('GET', '/v1/names/nobody.docker');
    assert.deepEqual(json.flags, ['qr', 'aa', 'rd']);
    assert.match(json.authority[0], /^docker\. 5 IN SOA /);
    assert.match(json.text, /status: NXDOMAIN\n;; flags: qr aa rd; QUERY: 1, ANSWER: 0, AUTHORITY: 1, /);
    assert.match(
      json.text,
      /;; QUESTION SECTION:\n;nobody\.docker\. IN A\n\n;; AUTHORITY SECTION:\ndocker\. /,
    );
  });

  for (const [path, fields] of [
    ['a..b', ['name']],
    ['web.docker?type=NONSENSE&colour=red', ['type', 'colour']],
  ] as const) {
    it(`refuses ${path} and names what is wrong`, async () => {
      const { status, json } = await server.request('GET', `/v1/names/${path}`);
      assert.equal(status, 400);
      assert.deepEqual(
        json.errors.map(({ field }: { field: string }) => field),
        fields,
      );
    });
  }

  it('asks no upstream for who may not', async () => {
    await using closed = await running({
      upstreams: [{ host: '127.0.0.1', port: 9 }],
      allowRecursion: [],
    });
    const { json } = await closed.request('GET', '/v1/names/example.org');
    assert.equal(json.rcode, 'REFUSED');
  });
});

describe('/v1/status', () => {
  it('tells what is served, where, and what was asked', async () => {
    await using server = await running({ about: { version: '1.2.3', store: 'memory' } });
    const [dns] = server.nameserver.dnsAddresses;
    const socket = createSocket('udp4');
    socket.send(encodeQuestion(1, 'nobody.docker.', TYPE.TXT), dns?.port ?? 0, '127.0.0.1');
    await once(socket, 'message');
    socket.close();
    const { json } = await server.request('GET', '/v1/status');
    const { ageSeconds, uptimeSeconds, revision, dns: at, http, ...rest } = json;
    for (const number of [ageSeconds, uptimeSeconds, revision]) assert.ok(Number.isInteger(number), number);
    assert.deepEqual([at, http.length], [[`127.0.0.1:${dns?.port}`], 1]);
    assert.deepEqual(rest, {
      version: '1.2.3',
      domains: ['docker.'],
      ready: true,
      records: 0,
      store: 'memory',
      upstreams: [],
      queries: { total: 1, byRcode: { NXDOMAIN: 1 }, byType: { TXT: 1 } },
      forwarded: 0,
      cache: { hits: 0, misses: 0, bytes: 0 },
    });
  });
});
