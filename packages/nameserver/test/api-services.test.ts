import assert from 'node:assert/strict';
import { put } from '@callsign/catalog';
import { NAMESERVER_METRICS } from '@callsign/nameserver';
import { type Running, running } from './support/running.ts';

describe('/v1/services', () => {
  let server: Running;
  beforeEach(async () => {
    server = await running();
  });
  afterEach(() => server[Symbol.asyncDispose]());

  it('makes, shows, changes and removes a service', async () => {
    const made = await server.request('PUT', '/v1/services/Web.dev.docker', { host: '10.0.0.5', port: 80 });
    assert.deepEqual([made.status, made.json.id, made.json.host], [201, 'web.dev.docker', '10.0.0.5']);
    const replaced = await server.request('PUT', '/v1/services/web.dev.docker', {
      host: '10.0.0.6',
      port: 80,
    });
    assert.equal(replaced.status, 200);
    const changed = await server.request('PATCH', '/v1/services/web.dev.docker', { ttl: 7 });
    assert.deepEqual([changed.json.host, changed.json.ttl], ['10.0.0.6', 7]);
    const { json: shown } = await server.request('GET', '/v1/services/web.dev.docker');
    assert.deepEqual([shown.host, shown.ttl, shown.callsign.source], ['10.0.0.6', 7, 'rest']);
    assert.equal(
      (await server.request('PUT', '/v1/services/web.dev.docker', shown)).status,
      200,
      'what it shows it takes',
    );
    const { json: listed } = await server.request('GET', '/v1/services');
    assert.deepEqual(
      listed.services.map(({ id }: { id: string }) => id),
      ['web.dev.docker'],
    );
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
    ['a service without host or text', '/v1/services/a.docker', { port: 80 }, 400, ['host']],
    ['a name outside the domains', '/v1/services/a.example.org', { host: '10.0.0.1' }, 400, ['id']],
    ['a name that is none', '/v1/services/a..docker', { host: '10.0.0.1' }, 400, ['id']],
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
    assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET, PUT, PATCH, DELETE']);
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

describe('the token', () => {
  for (const [method, path, authorization, status] of [
    ['GET', '/v1/services', undefined, 200],
    ['PUT', '/v1/services/a.docker', undefined, 401],
    ['PUT', '/v1/services/a.docker', 'Bearer wrong', 401],
    ['PUT', '/v1/services/a.docker', 'sekret', 401],
    ['PUT', '/v1/services/a.docker', 'Bearer sekret', 201],
    ['GET', '/skydns/regions/', undefined, 401],
    ['GET', '/skydns/regions/', 'Bearer sekret', 401],
    ['GET', '/skydns/regions/', 'sekret', 200],
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
});
