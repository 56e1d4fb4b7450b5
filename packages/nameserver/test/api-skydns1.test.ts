import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { put } from '@callsign/catalog';
import { eventually } from '../../../test/support/wait.ts';
import { answering, entriesOf } from './support/answering.ts';
import { type Running, running } from './support/running.ts';

/** What SkyDNS 1's own tests send and expect (test/cases/skydns1.json). */
interface Step {
  readonly method: string;
  readonly path: string;
  readonly json?: object;
  readonly headers?: Record<string, string>;
  readonly status: number;
  readonly response?: string;
  readonly registry_len?: number;
  readonly stored_ttl?: number;
  readonly json_response?: Record<string, unknown>;
  readonly field_order?: readonly string[];
}

interface Case {
  readonly test: string;
  readonly given?: string | readonly Readonly<Record<string, unknown>>[];
  readonly config?: { readonly secret: string };
  readonly steps: readonly Step[];
}

const { http } = JSON.parse(
  readFileSync(new URL('../../../test/cases/skydns1.json', import.meta.url), 'utf8'),
) as {
  readonly http: {
    readonly cases: readonly Case[];
    readonly query_counts: { readonly cases: readonly { readonly query: string; readonly count: number }[] };
  };
};

/** Services that fit the counts which the cases expect of "suite_services". */
const SUITE = [
  ['100', 'TestService', 'Region1', 'Production'],
  ['101', 'TestService', 'Region2', 'Production'],
  ['102', 'TestService', 'Region3', 'Production'],
  ['103', 'OtherService', 'Region2', 'Production'],
  ['104', 'OtherService', 'Region3', 'Production'],
  ['105', 'TestService', 'Region1', 'Development'],
  ['106', 'OtherService', 'Region1', 'Development'],
].map(([UUID = '', Name, Region, Environment]) => ({
  UUID,
  Name,
  Region,
  Environment,
  Version: '1.0.0',
  Host: 'localhost',
  Port: 9000,
  TTL: 60,
}));

describe('SkyDNS 1', () => {
  for (const { test, given = [], config, steps } of http.cases) {
    it(test, async () => {
      await using server = await running(config === undefined ? {} : { token: config.secret });
      for (const service of typeof given === 'string' ? SUITE : given) await register(server, service);
      for (const step of steps) await take(server, step, config?.secret);
    });
  }

  describe('queries', () => {
    let server: Running;
    before(async () => {
      server = await running();
      for (const service of SUITE) await register(server, service);
    });
    after(() => server[Symbol.asyncDispose]());
    for (const { query, count } of http.query_counts.cases) {
      it(`finds ${count} for ${query}`, async () => {
        const { status, json } = await server.request('GET', `/skydns/services/?query=${query}`);
        assert.deepEqual([status, json.length], [200, count]);
      });
    }
    it('finds nothing with 404', async () => {
      assert.equal((await server.request('GET', '/skydns/services/?query=nobody')).status, 404);
    });
  });

  it('counts regions whatever they are called', async () => {
    await using server = await running();
    for (const [uuid, Region] of [
      ['1', '__proto__'],
      ['2', 'east'],
      ['3', '__proto__'],
    ] as const) {
      const told = { Name: 'web', Host: 'h1', Port: 80, TTL: 60, Region };
      assert.equal((await server.request('PUT', `/skydns/services/${uuid}`, told)).status, 201);
    }
    const { text } = await server.request('GET', '/skydns/regions/');
    assert.equal(text, '{"__proto__":2,"east":1}\n');
  });

  it('is not there once it is switched off', async () => {
    await using server = await running({ noSkydns1: true });
    assert.equal((await server.request('GET', '/skydns/regions/')).status, 404);
  });

  it('refuses a body that it cannot read with 500, as SkyDNS does', async () => {
    await using server = await running();
    for (const body of ['{"Host":', '{"Host":"a","Port":"9"}', '[]x']) {
      assert.equal((await server.request('PUT', '/skydns/services/1', body)).status, 500);
    }
  });

  it('refuses a host that could not be served, and keeps nothing of it', async () => {
    await using server = await running();
    const told = { Name: 'web', Host: 'http://h1', Port: 80, TTL: 60 };
    const { status, text } = await server.request('PUT', '/skydns/services/1', told);
    assert.deepEqual([status, text.slice(0, 43)], [400, 'host is neither an address nor a name: the ']);
    assert.deepEqual((await server.store.list('')).entries, []);
  });

  it('refuses what leaves no name, and is not confused by what others wrote', async () => {
    await using server = await running();
    const nameless = { Name: '___', Host: '10.0.0.1', Port: 1, TTL: 9 };
    assert.equal((await server.request('PUT', '/skydns/services/1', nameless)).status, 400);
    for (const [key, skydns1] of Object.entries({
      'docker/a': { UUID: 'x', Host: 5 },
      'docker/b': 'text',
      'docker/c': null,
    })) {
      await put(server.store, key, JSON.stringify({ host: '10.0.0.1', callsign: { skydns1 } }));
    }
    await server.request('PUT', '/v1/services/d.docker', { host: '10.0.0.2' });
    assert.equal((await server.request('GET', '/skydns/services/')).status, 404);
  });

  it('answers DNS for what was registered, and withdraws what no longer beats', async () => {
    await using server = await running();
    await register(server, {
      UUID: '1',
      Name: 'redis',
      Version: 'redis1',
      Environment: 'dev',
      Host: '172.17.0.2',
      Port: 6379,
      TTL: 1,
    });
    const entries = (await server.store.list('')).entries;
    const seen = await answering({ domains: ['docker.'], entries: [...entries] }).ask(
      'redis1.redis.dev.docker',
      'SRV',
    );
    assert.deepEqual(seen.answer, [
      'redis1.redis.dev.docker. 1 IN SRV 10 100 6379 1.172-17-0-2.default.redis1.redis.dev.docker.',
    ]);
    await eventually(async () =>
      assert.equal((await server.request('GET', '/skydns/services/1')).status, 404),
    );
  });

  for (const [what, end] of [
    ['is removed', (server: Running) => server.request('DELETE', '/skydns/services/1')],
    ['no longer beats', async () => undefined],
  ] as const) {
    it(`calls whoever asked for it when a service ${what}, even if it has beaten since`, async () => {
      await using server = await running();
      const heard = Promise.withResolvers<readonly unknown[]>();
      const listener = createServer(async (request, response) => {
        heard.resolve([request.method, request.url, ((await readJson(request)) as { Name: unknown }).Name]);
        response.end();
      }).listen(0, '127.0.0.1');
      await once(listener, 'listening');
      const { port } = listener.address() as AddressInfo;
      const service = {
        UUID: '1',
        Name: 'redis',
        Version: 'r1',
        Environment: 'dev',
        Region: 'eu',
        Host: '10.0.0.1',
        Port: 6379,
        TTL: 60,
      };
      await register(server, service);
      const callback = { ...service, Host: 'elsewhere', Reply: '127.0.0.1', Port: port };
      assert.equal((await server.request('PUT', '/skydns/callbacks/c1', callback)).status, 201);
      assert.equal((await server.request('PATCH', '/skydns/services/1', { TTL: 1 })).status, 200);
      await end(server);
      assert.deepEqual(await heard.promise, ['DELETE', '/skydns/callbacks/c1', 'redis']);
      listener.close();
    });
  }

  it('keeps what asked never to expire', async () => {
    const told = {
      UUID: '1',
      Name: 'a',
      Version: '',
      Environment: '',
      Region: '',
      Host: '10.0.0.1',
      Port: 1,
    };
    const callsign = { skydns1: { ...told, NoExpire: true } };
    const { zone } = answering({
      domains: ['docker.'],
      entries: entriesOf({ 'docker/a': { host: '10.0.0.1', callsign } }),
    });
    assert.deepEqual(zone.registered.expired(Date.now() + 1e12), []);
  });
});

async function register(server: Running, service: Readonly<Record<string, unknown>>): Promise<void> {
  assert.equal((await server.request('PUT', `/skydns/services/${service.UUID}`, service)).status, 201);
}

async function readJson(stream: AsyncIterable<Buffer>): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece);
  return JSON.parse(Buffer.concat(pieces).toString());
}

async function take(server: Running, step: Step, secret = ''): Promise<void> {
  const reply = await server.request(step.method, step.path, step.json, step.headers);
  assert.equal(reply.status, step.status, `${step.method} ${step.path}: ${reply.text}`);
  if (step.response !== undefined) assert.equal(reply.text, step.response);
  if (step.field_order !== undefined) assert.deepEqual(Object.keys(reply.json), step.field_order);
  if (step.json_response !== undefined) {
    const { Expires, ...told } = reply.json;
    const { Expires: _time, ...expected } = step.json_response;
    assert.deepEqual(told, expected);
    assert.ok(Number.isFinite(Date.parse(Expires)));
    assert.ok(reply.text.endsWith('\n'));
  }
  if (step.registry_len !== undefined) {
    const all = await server.request('GET', '/skydns/services/', undefined, { authorization: secret });
    assert.equal(all.status === 404 ? 0 : all.json.length, step.registry_len);
  }
  if (step.stored_ttl !== undefined) {
    assert.equal((await server.request('GET', step.path)).json.TTL, step.stored_ttl);
  }
}
