import assert from 'node:assert/strict';
import { EmbeddedStore, put } from '@callsign/catalog';
import { HttpServer, silentLog } from '@callsign/daemon';
import { storeRoutes } from '../src/api/store.ts';
import { running } from './support/running.ts';

describe('the store’s REST API', () => {
  let store: EmbeddedStore;
  let server: HttpServer;
  let url: string;

  before(async () => {
    store = await EmbeddedStore.open();
    const routes = storeRoutes(store, { heartbeatMs: 20 });
    server = new HttpServer({ listen: [{ host: '127.0.0.1', port: 0 }], routes, log: silentLog });
    await server.start();
    url = `http://127.0.0.1:${server.addresses[0]?.port}/v1/store`;
  });
  after(async () => {
    await server.close();
    await store.close();
  });

  const post = (path: string, body: unknown) =>
    fetch(`${url}${path}`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
  const write = (key: string, value = '1') => ({ kind: 'put', key, value });

  it('commits and lists', async () => {
    const committed = await post('/commits', { writes: [write('list/a'), write('list/b', '2')] });
    assert.equal(committed.status, 200);
    const { revision } = (await committed.json()) as { readonly revision: number };
    const listed = await fetch(`${url}/entries?prefix=list/b`);
    assert.deepEqual(await listed.json(), {
      revision,
      entries: [{ key: 'list/b', value: '2', revision }],
    });
  });

  it('tells changes as events, and lives through silence', async () => {
    const revision = await put(store, 'watch/a', '1');
    const watching = await fetch(`${url}/changes?prefix=watch/&after=${revision - 1}`);
    assert.match(watching.headers.get('content-type') ?? '', /^text\/event-stream/);
    const entry = { key: 'watch/a', value: '1', revision };
    const data = JSON.stringify({ revision, changes: [{ kind: 'put', entry }] });
    const text = await readUntil(watching, `id: ${revision}\ndata: ${data}\n\n: watching\n\n`);
    assert.ok(text.startsWith(': watching\n\n'));
  });

  it('tells a compaction as an event', async () => {
    const watching = await fetch(`${url}/changes?after=1`);
    assert.match(await watching.text(), /\nevent: compacted\ndata: {"detail":"the store no longer has/);
  });

  it('grants, renews and revokes leases', async () => {
    const granted = await post('/leases', { ttl: 30 });
    assert.equal(granted.status, 201);
    const { id, ttl } = (await granted.json()) as { readonly id: string; readonly ttl: number };
    assert.equal(ttl, 30);
    assert.equal(granted.headers.get('location'), `/v1/store/leases/${id}`);
    assert.equal((await post('/commits', { writes: [write('lease/a')], lease: id })).status, 200);
    assert.equal((await post(`/leases/${id}/renewals`, '')).status, 204);
    for (let times = 0; times < 2; times += 1) {
      assert.equal((await fetch(`${url}/leases/${id}`, { method: 'DELETE' })).status, 204);
    }
    assert.deepEqual((await store.list('lease/')).entries, []);
    for (const late of [
      await post(`/leases/${id}/renewals`, ''),
      await post('/commits', { writes: [write('lease/a')], lease: id }),
    ]) {
      assert.equal(late.status, 404);
      assert.equal(((await late.json()) as Problem).title, 'LEASE_LOST');
    }
  });

  it('is as the API’s own document says', async () => {
    await using documented = await running();
    const ask = documented.request;
    const { json: lease } = await ask('POST', '/v1/store/leases', { ttl: 30 });
    const writes = [write('docker/a', '{"host":"10.0.0.1"}')];
    const commit = { writes, lease: lease.id, expect: [{ key: 'docker/a', revision: 0 }] };
    assert.equal((await ask('POST', '/v1/store/commits', commit)).status, 200);
    assert.equal((await ask('POST', '/v1/store/commits', commit)).status, 409);
    assert.equal((await ask('POST', '/v1/store/commits', {})).status, 400);
    assert.equal((await ask('GET', '/v1/store/entries?prefix=docker/')).json.entries[0].leaseTtl, 30);
    assert.equal((await ask('POST', `/v1/store/leases/${lease.id}/renewals`)).status, 204);
    assert.equal((await ask('DELETE', `/v1/store/leases/${lease.id}`)).status, 204);
    assert.equal((await ask('POST', `/v1/store/leases/${lease.id}/renewals`)).status, 404);
    assert.equal((await ask('GET', '/v1/store/changes?after=x')).status, 400);
  });

  it('answers 409 when an expectation is not met', async () => {
    await put(store, 'expect/a', '1');
    const refused = await post('/commits', {
      writes: [write('expect/a', '2')],
      expect: [{ key: 'expect/a', revision: 0 }],
    });
    assert.equal(refused.status, 409);
    assert.equal(((await refused.json()) as Problem).title, 'STORE_CONFLICT');
  });

  for (const [what, path, body, fields] of [
    ['no JSON', '/commits', '{', []],
    ['no object', '/commits', '7', ['writes']],
    ['no writes', '/commits', {}, ['writes']],
    [
      'too many writes',
      '/commits',
      { writes: Array.from({ length: 129 }, (_, n) => write(`k/${n}`)) },
      ['writes'],
    ],
    ['a write that is none', '/commits', { writes: [null] }, ['writes[0].kind', 'writes[0].key']],
    ['no value', '/commits', { writes: [{ kind: 'put', key: 'a' }] }, ['writes[0].value']],
    ['a huge value', '/commits', { writes: [write('a', 'ü'.repeat(40_000))] }, ['writes[0].value']],
    ['bad keys', '/commits', { writes: [write('a/B'), write('a//b')] }, ['writes[0].key', 'writes[1].key']],
    ['one key twice', '/commits', { writes: [write('a'), write('a')] }, []],
    ['a lease that is none', '/commits', { writes: [], lease: '../x' }, ['lease']],
    [
      'a bad expectation',
      '/commits',
      { writes: [], expect: [{ key: 'a', revision: -1 }] },
      ['expect[0].revision'],
    ],
    ['everything wrong', '/commits', { writes: 1, lease: 2, expect: 3 }, ['writes', 'lease', 'expect']],
    ['no ttl', '/leases', {}, ['ttl']],
    ['a ttl of nothing', '/leases', { ttl: 0 }, ['ttl']],
  ] as const) {
    it(`refuses ${what}, naming each field`, async () => {
      const { revision } = await store.list('');
      const refused = await post(path, body);
      const problem = (await refused.json()) as Problem;
      assert.equal(refused.status, 400);
      assert.deepEqual(problem.errors?.map(({ field }) => field) ?? [], fields);
      assert.equal((await store.list('')).revision, revision);
    });
  }

  for (const after of ['', 'x', '-1', '1.5', '9'.repeat(20)]) {
    it(`refuses to watch after "${after}"`, async () => {
      assert.equal((await fetch(`${url}/changes?after=${after}`)).status, 400);
    });
  }
});

interface Problem {
  readonly title: string;
  readonly errors?: readonly { readonly field: string }[];
}

/** The text of a response up to and including `end`. */
async function readUntil({ body }: Response, end: string): Promise<string> {
  let text = '';
  for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    if (text.includes(end)) break;
  }
  return text;
}
