import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { put } from '@callsign/catalog';
import { eventually } from '../../../test/support/wait.ts';
import { type Running, running } from './support/running.ts';

interface Step {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly response: string;
  readonly status: number;
}

/** What dnsdock's own tests send and expect, one after the other. */
const { http } = JSON.parse(
  readFileSync(new URL('../../../test/cases/dnsdock.json', import.meta.url), 'utf8'),
) as {
  readonly http: { readonly cases: readonly Step[]; readonly set_ttl: Step & { readonly after: number } };
};

const ID = '3f2a9c0b17de'.padEnd(64, '0');
const MANY = Array.from({ length: 129 }, (_, at) => `10.0.1.${at}`);
const SERVICE = { name: 'web1', image: 'web', ips: ['10.0.0.1', '10.0.0.2'], aliases: ['shop.docker'] };

describe('dnsdock', () => {
  let server: Running;
  beforeEach(async () => {
    server = await running();
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const send = (method: string, path: string, body?: unknown) =>
    server.request(method, path, method === 'GET' ? undefined : body);
  const addresses = async (name: string) => {
    const { json } = await server.request('GET', `/v1/names/${name}`);
    return json.answer.map((line: string) => line.split(' ').at(-1)).toSorted();
  };

  it('answers its own test suite', async () => {
    for (const { method, path, body, status, response } of http.cases) {
      const reply = await send(method, path, body === '' ? undefined : body);
      assert.equal(reply.status, status, `${method} ${path}`);
      if (status === 200) assert.equal(reply.text.trim(), response, `${method} ${path}`);
    }
  });

  it('serves what was put by its name, its image and its aliases', async () => {
    assert.equal((await send('PUT', '/services/x', SERVICE)).status, 200);
    for (const name of ['web1.web.docker', 'web.docker', 'shop.docker']) {
      assert.deepEqual(await addresses(name), SERVICE.ips, name);
    }
    await send('PATCH', '/services/x', { name: 'web2' });
    assert.deepEqual(
      [await addresses('web1.web.docker'), await addresses('web2.web.docker')],
      [[], SERVICE.ips],
    );
    await send('PUT', '/services/x', { name: 'web2', image: 'web', ips: ['10.0.0.3'] });
    assert.deepEqual([await addresses('web.docker'), await addresses('shop.docker')], [['10.0.0.3'], []]);
    await send('DELETE', '/services/x');
    assert.deepEqual(await addresses('web.docker'), []);
  });

  it('sets the TTL of what has none of its own', async () => {
    const ttlOf = async (name: string) =>
      Number((await server.request('GET', `/v1/names/${name}`)).json.answer[0].split(' ')[1]);
    await send('PUT', '/services/x', SERVICE);
    await send('PUT', '/services/y', { ...SERVICE, name: 'own', ttl: 7, aliases: [] });
    const { method, path, body, after } = http.set_ttl;
    assert.equal((await send(method, path, body)).status, 200);
    assert.deepEqual([await ttlOf('web1.web.docker'), await ttlOf('own.web.docker')], [after, 7]);
    await send('PUT', '/services/z', { ...SERVICE, name: 'late', aliases: [] });
    assert.equal(await ttlOf('late.web.docker'), after, 'of what comes later too');
    for (const wrong of ['-1', '1.5', '"12"', 'x'])
      assert.equal((await send('PUT', path, wrong)).status, 500);
    assert.equal((await server.request('GET', path)).status, 405);
  });

  it('finds an id of 64 digits by its first four, and no other so', async () => {
    await send('PUT', `/services/${ID}`, SERVICE);
    await send('PUT', '/services/abcdef', { ...SERVICE, name: 'other' });
    for (const [id, status] of [
      [ID, 200],
      ['3f2a', 200],
      [ID.slice(0, 12), 200],
      ['3f2', 404],
      ['3f2b', 404],
      ['abcd', 404],
    ] as const) {
      assert.equal((await send('GET', `/services/${id}`)).status, status, id);
    }
  });

  for (const [what, method, path, body, status] of [
    ['what is no JSON', 'PUT', '/services/x', '{', 500],
    ['a service without addresses', 'PUT', '/services/x', { ...SERVICE, ips: [] }, 500],
    ['a field that has another name', 'PUT', '/services/x', { name: 'a', image: 'b', ip: '10.0.0.1' }, 500],
    ['an address that is none', 'PUT', '/services/x', { ...SERVICE, ips: ['10.0.0'] }, 500],
    ['an address of one link', 'PUT', '/services/x', { ...SERVICE, ips: ['fe80::1%eth0'] }, 500],
    ['a name that leaves nothing', 'PUT', '/services/x', { ...SERVICE, name: '___' }, 500],
    ['an alias that is not ours', 'PUT', '/services/x', { ...SERVICE, aliases: ['example.org'] }, 500],
    ['more addresses than can be written at once', 'PUT', '/services/x', { ...SERVICE, ips: MANY }, 500],
    ['a change of nothing', 'PATCH', '/services/nobody', { ttl: 1 }, 400],
    ['to remove nothing', 'DELETE', '/services/nobody', undefined, 400],
  ] as const) {
    it(`refuses ${what} with ${status}, in plain text`, async () => {
      const reply = await send(method, path, body);
      assert.deepEqual(
        [reply.status, reply.headers.get('content-type')],
        [status, 'text/plain; charset=utf-8'],
      );
      assert.equal((await send('GET', '/services')).text.trim(), '{}');
    });
  }

  it('ignores in a change what dnsdock ignores', async () => {
    await send('PUT', '/services/x', SERVICE);
    const ignored = { ttl: '9', name: 5, ips: ['10.9.9.9'], alias: ['a.docker'] };
    assert.equal((await send('PATCH', '/services/x', ignored)).status, 200);
    assert.deepEqual((await send('GET', '/services/x')).json, {
      Name: 'web1',
      Image: 'web',
      IPs: SERVICE.ips,
      TTL: -1,
      Aliases: ['shop.docker'],
    });
  });

  it('shows the containers of registrars, and leaves them to those', async () => {
    const callsign = { owner: 'node1', source: 'docker', container: ID };
    const value = { host: '172.17.0.4', callsign };
    await put(server.store, 'docker/dev/redis/redis1/default/node1/3f2a9c0b17de', JSON.stringify(value));
    const alias = { ...value, callsign: { ...callsign, alias: true } };
    await put(server.store, 'docker/db/default/node1/3f2a9c0b17de', JSON.stringify(alias));
    await eventually(async () =>
      assert.deepEqual((await send('GET', '/services/3f2a')).json, {
        Name: 'redis1',
        Image: 'redis',
        IPs: ['172.17.0.4'],
        TTL: -1,
        Aliases: ['db.docker'],
      }),
    );
    for (const [method, body] of [
      ['PUT', SERVICE],
      ['PATCH', { ttl: 1 }],
      ['DELETE', undefined],
    ] as const) {
      const reply = await send(method, `/services/${ID}`, body);
      assert.deepEqual([reply.status, /node1/.test(reply.text)], [409, true], method);
    }
  });

  it('is not confused by what others wrote', async () => {
    for (const [key, dnsdock] of Object.entries({ a: { id: 'x' }, b: 'text', c: null })) {
      await put(server.store, `docker/${key}`, JSON.stringify({ host: '10.0.0.1', callsign: { dnsdock } }));
    }
    await send('PUT', '/services/x', SERVICE);
    assert.deepEqual(Object.keys((await send('GET', '/services')).json), ['x']);
  });

  it('is not there once it is switched off', async () => {
    await using without = await running({ noDnsdock: true });
    assert.equal((await without.request('GET', '/services')).status, 404);
    assert.equal((await without.request('PUT', '/set/ttl', '1')).status, 404);
  });
});
