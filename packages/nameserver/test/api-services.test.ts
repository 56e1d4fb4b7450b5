import assert from 'node:assert/strict';
import { put } from '@callsign/catalog';
import { formatSocketAddress, HttpError, type HttpRequest } from '@callsign/daemon';
import { Networks, parseNetwork } from '@callsign/dns';
import { NAMESERVER_METRICS } from '@callsign/nameserver';
import { eventually } from '../../../test/support/wait.ts';
import { guardFor } from '../src/api/guard.ts';
import { type Reply, type Running, running } from './support/running.ts';

describe('/v1/services', () => {
  let server: Running;
  beforeEach(async () => {
    server = await running();
  });
  afterEach(() => server[Symbol.asyncDispose]());

  it('makes, shows, changes and removes a service', async () => {
    const made = await server.request('PUT', '/v1/services/Web.dev.docker', { host: '10.0.0.5', port: 80 });
    assert.deepEqual([made.status, made.json.name, made.json.host], [201, 'web.dev.docker.', '10.0.0.5']);
    const replaced = await server.request('PUT', '/v1/services/web.dev.docker', {
      host: '10.0.0.6',
      port: 80,
    });
    assert.equal(replaced.status, 200);
    const changed = await server.request('PATCH', '/v1/services/web.dev.docker', { ttl: 7 });
    assert.deepEqual([changed.json.host, changed.json.ttl], ['10.0.0.6', 7]);
    const { json: shown } = await server.request('GET', '/v1/services/web.dev.docker');
    assert.deepEqual([shown.host, shown.ttl, shown.callsign.source], ['10.0.0.6', 7, 'rest']);
    assert.equal(shown.callsign.since, made.json.callsign.since, 'since it was made');
    assert.ok(!Number.isNaN(Date.parse(shown.callsign.since)), shown.callsign.since);
    assert.equal(
      (await server.request('PUT', '/v1/services/web.dev.docker', shown)).status,
      200,
      'what it shows it takes',
    );
    const { json: listed } = await server.request('GET', '/v1/services');
    assert.deepEqual(namesOf(listed), ['web.dev.docker.']);
    assert.equal((await server.request('DELETE', '/v1/services/web.dev.docker')).status, 204);
    assert.equal((await server.request('GET', '/v1/services/web.dev.docker')).status, 404);
  });

  for (const [what, path, body, status, fields] of [
    ['a body that is not JSON', '/v1/services/a.docker', '{"host":', 400, []],
    ['a body that is no object', '/v1/services/a.docker', [1], 400, ['body']],
    [
      'every wrong field at once',
      '/v1/services/a.docker',
      { host: 1, port: 'x', colour: 'red' },
      400,
      ['colour', 'host', 'port'],
    ],
    ['a text longer than an answer', '/v1/services/a.docker', { text: 'é'.repeat(32_001) }, 400, ['text']],
    ['a service without host or text', '/v1/services/a.docker', { port: 80 }, 400, ['host']],
    ['a host with a port number', '/v1/services/a.docker', { host: '10.0.0.1:80' }, 400, ['host']],
    ['a host that is nearly an address', '/v1/services/a.docker', { host: '10.0.0.256' }, 400, ['host']],
    ['an address with a zone', '/v1/services/a.docker', { host: 'fe80::1%eth0' }, 400, ['host']],
    ['a name outside the domains', '/v1/services/a.example.org', { host: '10.0.0.1' }, 400, ['name']],
    ['a name that is none', '/v1/services/a..docker', { host: '10.0.0.1' }, 400, ['name']],
    ['a body of 10 MB', '/v1/services/a.docker', 'x'.repeat(10 << 20), 413, []],
  ] as const) {
    it(`refuses ${what}, and names the fields`, async () => {
      const reply = await server.request('PUT', path, body);
      assert.equal(reply.status, status);
      assert.equal(reply.headers.get('content-type'), 'application/problem+json');
      const named = (reply.json.errors ?? []).map(({ field }: { field: string }) => field);
      assert.deepEqual(named.toSorted(), fields);
      assert.deepEqual((await server.request('GET', '/v1/services')).json.services, []);
    });
  }

  it('makes one by POST that there is not, and says where it is', async () => {
    const body = { name: 'web.dev.docker', host: '10.0.0.5' };
    const made = await server.request('POST', '/v1/services', body);
    assert.deepEqual(
      [made.status, made.headers.get('location'), made.headers.get('etag')],
      [201, '/v1/services/web.dev.docker.', `"${made.json.revision}"`],
    );
    const again = await server.request('POST', '/v1/services', body);
    assert.deepEqual([again.status, again.json.title], [409, 'SERVICE_EXISTS']);
    const nameless = await server.request('POST', '/v1/services', { host: '10.0.0.5' });
    assert.deepEqual([nameless.status, fieldsOf(nameless)], [400, ['name']]);
  });

  it('takes a field away where a patch says null', async () => {
    await server.request('PUT', '/v1/services/a.docker', { host: '10.0.0.1', port: 80, ttl: 9 });
    const { json } = await server.request('PATCH', '/v1/services/a.docker', { ttl: null });
    assert.deepEqual([json.ttl, json.port], [0, 80]);
    const emptied = await server.request('PATCH', '/v1/services/a.docker', { host: null });
    assert.deepEqual([emptied.status, fieldsOf(emptied)], [400, ['host']]);
  });

  it('keeps by a patch what others wrote beside the fields', async () => {
    const told = { source: 'by hand', portname: 'http', protocol: 'tcp', since: '2026-01-01T00:00:00.000Z' };
    const value = JSON.stringify({ host: '10.0.0.1', port: 80, callsign: told });
    await put(server.store, 'docker/web', value);
    await eventually(async () => {
      assert.equal((await server.request('GET', '/v1/services/web.docker')).status, 200);
    });
    const { json } = await server.request('PATCH', '/v1/services/web.docker', { ttl: 9 });
    assert.deepEqual([json.ttl, json.callsign], [9, told]);
    const replaced = await server.request('PUT', '/v1/services/web.docker', { host: '10.0.0.2' });
    assert.deepEqual(replaced.json.callsign, { source: 'rest', since: told.since });
  });

  it('leaves records of a registrar to the registrar', async () => {
    const revision = await put(
      server.store,
      'docker/dev/redis/x',
      '{"host":"10.0.0.1","callsign":{"owner":"node1"}}',
    );
    assert.ok(revision > 0);
    const refused = async (method: string) => {
      const reply = await server.request(method, '/v1/services/x.redis.dev.docker', { host: '10.0.0.2' });
      assert.deepEqual([reply.status, reply.json.title], [409, 'SERVICE_OWNED']);
      assert.match(reply.json.detail, /node1/);
    };
    for (const method of ['PUT', 'PATCH', 'DELETE']) await refused(method);
  });

  it('says what a path can do, and that others are not there', async () => {
    const wrong = await server.request('POST', '/v1/services/a.docker', {});
    assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET, HEAD, PUT, PATCH, DELETE']);
    assert.equal((await server.request('GET', '/v2/services')).status, 404);
  });

  it('serves health, readiness and every metric of the table', async () => {
    assert.equal((await server.request('GET', '/healthz')).status, 200);
    assert.equal((await server.request('GET', '/readyz')).status, 200);
    const { text } = await server.request('GET', '/metrics');
    for (const { name } of Object.values(NAMESERVER_METRICS))
      assert.match(text, new RegExp(`^# TYPE ${name} `, 'm'));
  });
});

describe('revisions as entity tags', () => {
  const path = '/v1/services/a.docker';
  let server: Running;
  let etag: string;
  beforeEach(async () => {
    server = await running();
    const made = await server.request('PUT', path, { host: '10.0.0.1' });
    etag = made.headers.get('etag') ?? '';
  });
  afterEach(() => server[Symbol.asyncDispose]());

  for (const [method, header, value, status] of [
    ['PUT', 'if-match', 'ETAG', 200],
    ['PUT', 'if-match', '"1", ETAG', 200],
    ['PUT', 'if-match', '*', 200],
    ['PUT', 'if-match', '"1"', 412],
    ['PUT', 'if-match', 'W/ETAG', 412],
    ['PUT', 'if-none-match', '*', 412],
    ['PUT', 'if-none-match', 'ETAG', 412],
    ['PUT', 'if-none-match', 'W/ETAG', 412],
    ['PATCH', 'if-match', 'ETAG', 200],
    ['PATCH', 'if-match', '"1"', 412],
    ['DELETE', 'if-match', '"1"', 412],
    ['DELETE', 'if-match', 'ETAG', 204],
    ['GET', 'if-none-match', 'ETAG', 304],
    ['GET', 'if-none-match', 'W/ETAG', 304],
    ['GET', 'if-none-match', '"1"', 200],
    ['PUT', 'if-match', 'GZIP', 200],
    ['GET', 'if-none-match', 'GZIP', 304],
  ] as const) {
    it(`${method} with ${header}: ${value} is ${status}`, async () => {
      const body = method === 'GET' || method === 'DELETE' ? undefined : { host: '10.0.0.2' };
      const gzip = etag.replace(/"$/, '-gzip"');
      const headers = { [header]: value.replace('ETAG', etag).replace('GZIP', gzip) };
      const reply = await server.request(method, path, body, headers);
      assert.equal(reply.status, status);
      if (status === 412) assert.equal(reply.json.title, 'PRECONDITION_FAILED');
    });
  }

  for (const [tag, told] of [
    ['GZIP', 'GZIP'],
    ['ETAG', 'ETAG'],
    ['"1", W/GZIP', 'GZIP'],
    ['*', 'ETAG'],
  ] as const) {
    it(`says of ${tag} that ${told} is good still`, async () => {
      const spelt = (text: string) =>
        text.replace('ETAG', etag).replace('GZIP', etag.replace(/"$/, '-gzip"'));
      const { status, headers } = await server.request('GET', path, undefined, {
        'if-none-match': spelt(tag),
      });
      assert.deepEqual(
        [status, headers.get('etag'), headers.get('vary')],
        [304, spelt(told), 'accept-encoding'],
      );
    });
  }

  it('wants nothing to be there, or something', async () => {
    const other = '/v1/services/b.docker';
    const put = (headers: Record<string, string>) =>
      server.request('PUT', other, { host: '10.0.0.2' }, headers);
    assert.equal((await put({ 'if-match': '*' })).status, 412);
    assert.equal((await put({ 'if-none-match': '*' })).status, 201);
  });

  it('lets one of two writers win that go by the same revision', async () => {
    const headers = { 'if-match': etag };
    const both = await Promise.all(
      ['10.0.0.2', '10.0.0.3'].map((host) => server.request('PATCH', path, { host }, headers)),
    );
    assert.deepEqual(both.map(({ status }) => status).toSorted(), [200, 412]);
  });

  it('spares a list that has not changed', async () => {
    const listed = await server.request('GET', '/v1/services');
    const headers = { 'if-none-match': listed.headers.get('etag') ?? '' };
    assert.equal((await server.request('GET', '/v1/services', undefined, headers)).status, 304);
    await server.request('DELETE', path);
    assert.equal((await server.request('GET', '/v1/services', undefined, headers)).status, 200);
  });
});

describe('the list of services', () => {
  let server: Running;
  before(async () => {
    server = await running();
    for (const [key, value] of Object.entries(STORED)) await put(server.store, key, JSON.stringify(value));
    await eventually(async () => {
      assert.equal((await server.request('GET', '/v1/services')).json.total, 4);
    });
  });
  after(() => server[Symbol.asyncDispose]());

  const STORED = {
    'docker/dev/redis/redis1/default/node1/3f2a9c0b17de': {
      host: '172.17.0.4',
      port: 6379,
      callsign: { owner: 'node1', image: 'redis:7.2', health: 'healthy' },
    },
    'docker/dev/redis/redis2/default/node2/a1': {
      host: '172.18.0.4',
      port: 6379,
      callsign: { owner: 'node2' },
    },
    'docker/live/web/web1/eu/node2/b1': { host: '172.18.0.5', port: 80, callsign: { owner: 'node2' } },
    'docker/lab/printer': { host: '192.168.7.9', port: 631, text: 'Floor 2' },
  };
  const REDIS1 = '3f2a9c0b17de.node1.default.redis1.redis.dev.docker.';
  const REDIS2 = 'a1.node2.default.redis2.redis.dev.docker.';
  const WEB1 = 'b1.node2.eu.web1.web.live.docker.';
  const PRINTER = 'printer.lab.docker.';

  for (const [query, names] of [
    ['', [REDIS1, REDIS2, WEB1, PRINTER]],
    ['name=redis.dev.docker', [REDIS1, REDIS2]],
    ['name=Printer.lab.docker.', [PRINTER]],
    ['name=edis.dev.docker', []],
    ['environment=dev&node=node2', [REDIS2]],
    ['region=eu', [WEB1]],
    ['owner=node2', [REDIS2, WEB1]],
    ['health=healthy', [REDIS1]],
    ['health=none&environment=dev', [REDIS2]],
    ['text=floor', [PRINTER]],
    ['text=redis:7', [REDIS1]],
    ['text=172.18', [REDIS2, WEB1]],
    ['sort=-name', [PRINTER, WEB1, REDIS2, REDIS1]],
    ['sort=port', [WEB1, PRINTER, REDIS1, REDIS2]],
    ['sort=-port', [REDIS2, REDIS1, PRINTER, WEB1]],
    ['sort=revision&limit=2', [REDIS1, REDIS2]],
  ] as const) {
    it(`finds by "${query}"`, async () => {
      const { json } = await server.request('GET', `/v1/services?${query}`);
      assert.deepEqual(namesOf(json), names);
    });
  }

  for (const sort of ['name', '-name', 'port', '-port', 'environment', '-revision']) {
    it(`goes through pages by ${sort} and meets each once`, async () => {
      const whole = await server.request('GET', `/v1/services?sort=${sort}`);
      const pages = await pagesBy(server, sort);
      assert.deepEqual(pages, namesOf(whole.json));
    });
  }

  it('says what a name has in its labels, where it has them', async () => {
    const { json } = await server.request('GET', `/v1/services/${REDIS1}`);
    const { environment, service, instance, region, node } = json;
    assert.deepEqual(
      [environment, service, instance, region, node],
      ['dev', 'redis', 'redis1', 'default', 'node1'],
    );
    const printer = await server.request('GET', `/v1/services/${PRINTER}`);
    assert.ok(!('environment' in printer.json));
  });

  it('says it of a record below the name that SRV points at, too', async () => {
    const name = '/v1/services/v6.c1.node3.us.solo.redis.docker.';
    await server.request('PUT', name, { host: 'fd00::4', targetstrip: 1 });
    const { environment, service, instance, node } = (await server.request('GET', name)).json;
    assert.deepEqual([environment, service, instance, node], ['', 'redis', 'solo', 'node3']);
    await server.request('DELETE', name);
  });

  for (const [query, fields] of [
    ['limit=0', ['limit']],
    ['limit=10001&sort=colour', ['sort', 'limit']],
    ['cursor=x', ['cursor']],
    [`sort=port&cursor=${Buffer.from('["80","a."]').toString('base64url')}`, ['cursor']],
    ['name=a..b', ['name']],
    ['health=well', ['health']],
    ['enviroment=dev', ['enviroment']],
  ] as const) {
    it(`refuses "${query}" and names what is wrong`, async () => {
      const reply = await server.request('GET', `/v1/services?${query}`);
      assert.deepEqual(
        [reply.status, reply.json.title, fieldsOf(reply)],
        [400, 'PARAMETERS_INVALID', fields],
      );
    });
  }

  it('tells the nodes', async () => {
    const { json } = await server.request('GET', '/v1/nodes');
    assert.deepEqual(
      json.nodes.map(({ region, node, services, owners }: Node) => [region, node, services, owners]),
      [
        ['default', 'node1', 1, ['node1']],
        ['default', 'node2', 1, ['node2']],
        ['eu', 'node2', 1, ['node2']],
      ],
    );
  });
});

interface Node {
  readonly region: string;
  readonly node: string;
  readonly services: number;
  readonly owners: readonly string[];
}

async function pagesBy(server: Running, sort: string): Promise<string[]> {
  const names: string[] = [];
  let cursor = '';
  do {
    const { json } = await server.request('GET', `/v1/services?sort=${sort}&limit=1${cursor}`);
    assert.equal(json.total, 4);
    names.push(...namesOf(json));
    cursor = json.next === undefined ? '' : `&cursor=${json.next}`;
  } while (cursor !== '' && names.length < 10);
  return names;
}

function namesOf({ services }: { readonly services: readonly { readonly name: string }[] }): string[] {
  return services.map(({ name }) => name);
}

function fieldsOf({ json }: Reply): string[] {
  return (json.errors ?? []).map(({ field }: { field: string }) => field);
}

describe('the token', () => {
  for (const [method, path, authorization, status] of [
    ['GET', '/v1/services', undefined, 200],
    ['PUT', '/v1/services/a.docker', undefined, 401],
    ['PUT', '/v1/services/a.docker', 'Bearer wrong', 401],
    ['PUT', '/v1/services/a.docker', 'sekret', 401],
    ['PUT', '/v1/services/a.docker', 'Bearer sekret', 201],
    ['PUT', '/v1/services/a.docker', 'bearer  sekret', 201],
    ['GET', '/skydns/regions/', undefined, 401],
    ['GET', '/skydns/regions/', 'Bearer sekret', 401],
    ['GET', '/skydns/regions/', 'sekret', 200],
    ['GET', '/SkyDNS/regions/', 'sekret', 404],
    ['GET', '/healthz', undefined, 200],
  ] as const) {
    it(`${authorization ?? 'nothing'} for ${method} ${path} is ${status}`, async () => {
      await using server = await running({ token: 'sekret' });
      const body = method === 'PUT' ? { host: '10.0.0.1' } : undefined;
      const reply = await server.request(
        method,
        path,
        body,
        authorization === undefined ? {} : { authorization },
      );
      assert.equal(reply.status, status);
    });
  }

  it('is challenged for by its scheme', async () => {
    await using server = await running({ token: 'sekret' });
    const { headers } = await server.request('DELETE', '/v1/services/a.docker');
    assert.equal(headers.get('www-authenticate'), 'Bearer');
  });
});

describe('writes without a token', () => {
  const write = (server: Running, headers: Record<string, string>) =>
    server.request('POST', '/v1/services', { name: 'a.docker', host: '10.0.0.1' }, headers);

  it('are taken from the networks that may write, and from no other', async () => {
    await using server = await running({ allowWrite: [parseNetwork('192.0.2.0/24')] });
    for (const [method, path, body] of [
      ['PUT', '/v1/services/a.docker', { host: '10.0.0.1' }],
      ['POST', '/v1/store/leases', { ttl: 30 }],
      ['PUT', '/skydns/services/1', { Host: '10.0.0.1', Port: 1 }],
    ] as const) {
      const { status, json } = await server.request(method, path, body);
      assert.deepEqual([status, json.title], [403, 'WRITE_REFUSED'], path);
    }
    assert.equal((await server.request('GET', '/v1/services')).status, 200);
  });

  it('need no more than the token where there is one', async () => {
    await using server = await running({ allowWrite: [], token: 'sekret' });
    const headers = { authorization: 'Bearer sekret', origin: 'http://example.org' };
    assert.equal((await write(server, headers)).status, 201);
  });

  for (const [what, status, origin] of [
    ['no page', 201, () => undefined],
    ['our own page', 201, (host: string) => `http://${host}`],
    ['a page of somebody else', 403, () => 'http://example.org'],
    ['a page on another port', 403, () => 'http://127.0.0.1:1'],
    ['a page of nowhere', 403, () => 'null'],
  ] as const) {
    it(`are ${status === 201 ? 'taken' : 'refused'} from ${what}`, async () => {
      await using server = await running();
      const from = origin(formatSocketAddress(server.nameserver.httpAddresses[0] ?? { host: '', port: 0 }));
      assert.equal((await write(server, from === undefined ? {} : { origin: from })).status, status);
    });
  }

  for (const [host, status] of [
    ['evil.example', 403],
    ['ns.docker', undefined],
    ['localhost', undefined],
    ['[::1]', undefined],
  ] as const) {
    it(`are ${status === 403 ? 'refused' : 'taken'} from a page that calls us ${host}`, () => {
      const guard = guardFor({
        token: undefined,
        writers: new Networks([parseNetwork('127.0.0.1')]),
        domains: ['docker.'],
      });
      const headers = { origin: `http://${host}:8080`, host: `${host}:8080` };
      const request = {
        method: 'POST',
        path: '/v1/services',
        peer: '127.0.0.1',
        headers,
      } as unknown as HttpRequest;
      const refusal = (error: unknown) => error instanceof HttpError && error.status === status;
      if (status === undefined) guard(request);
      else assert.throws(() => guard(request), refusal);
    });
  }
});

describe('a service with a lease', () => {
  const path = '/v1/services/a.docker';

  it('stays longer than its lease while somebody beats, and is gone when nobody does', async () => {
    await using server = await running();
    const made = await server.request('PUT', path, { host: '10.0.0.1', leaseTtl: 1 });
    assert.equal(made.json.leaseTtl, 1);
    const until = performance.now() + 1_600;
    while (performance.now() < until) {
      assert.equal((await server.request('POST', `${path}/heartbeat`)).status, 204);
    }
    assert.equal((await server.request('GET', path)).json.leaseTtl, 1);
    await eventually(async () => assert.equal((await server.request('GET', path)).status, 404));
    assert.equal((await server.request('POST', `${path}/heartbeat`)).status, 404);
  });

  it('stays for good once it is told to', async () => {
    await using server = await running();
    await server.request('PUT', path, { host: '10.0.0.1', leaseTtl: 30 });
    const patched = await server.request('PATCH', path, { port: 80 });
    assert.equal(patched.json.leaseTtl, 30, 'a patch of something else leaves it its lease');
    const kept = await server.request('PATCH', path, { leaseTtl: null });
    assert.ok(!('leaseTtl' in kept.json));
    assert.ok(!('leaseTtl' in (await server.request('GET', path)).json));
    const beat = await server.request('POST', `${path}/heartbeat`);
    assert.deepEqual([beat.status, beat.json.title], [409, 'SERVICE_UNLEASED']);
  });

  it('has a lease of a length that there is', async () => {
    await using server = await running();
    for (const leaseTtl of [0, 1.5, 86_401, '30']) {
      const reply = await server.request('PUT', path, { host: '10.0.0.1', leaseTtl });
      assert.deepEqual([reply.status, fieldsOf(reply)], [400, ['leaseTtl']]);
    }
  });
});
