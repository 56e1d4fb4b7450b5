import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, type Server } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import {
  CallsignError,
  createLog,
  HttpError,
  type HttpReply,
  HttpServer,
  type HttpServerOptions,
  json,
  type Route,
  silentLog,
} from '@callsign/daemon';
import { eventually } from '../../../test/support/wait.ts';

/** Where Node tells of each server that begins to listen. */
const LISTENING = 'tracing:net.server.listen:asyncStart';
const LOOPBACK = [{ host: '127.0.0.1', port: 0 }];

/** A server with these routes, and how to reach it. */
async function serving(routes: readonly Route[], options: Partial<HttpServerOptions> = {}) {
  const server = new HttpServer({ listen: LOOPBACK, routes, log: silentLog, bodyLimit: 1_000, ...options });
  await server.start();
  const port = server.addresses[0]?.port ?? 0;
  const close = () => server.close();
  return { port, url: `http://127.0.0.1:${port}`, close, [Symbol.asyncDispose]: close };
}

/** All that the server says to these bytes, until it closes the connection. */
async function said(port: number, request: string): Promise<string> {
  const client = connect(port, '127.0.0.1');
  client.write(request);
  return (await client.setEncoding('latin1').toArray()).join('');
}

const events = (body: string): HttpReply => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream; charset=utf-8' },
  body,
});

const get = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, handle });

describe('http server', () => {
  for (const [what, thrown, status, title, detail] of [
    [
      'a refusal',
      new HttpError(418, 'TEAPOT', 'no coffee', { problems: [{ field: 'cup', detail: 'is empty' }] }),
      418,
      'TEAPOT',
      'no coffee',
    ],
    [
      'what may pass',
      new CallsignError('STORE_UNAVAILABLE', 'the store does not answer', { retryable: true }),
      503,
      'STORE_UNAVAILABLE',
      'the store does not answer',
    ],
    ['a fault', new Error('secret path /etc/x'), 500, 'INTERNAL', 'internal error'],
  ] as const) {
    it(`tells ${what} as a problem document`, async () => {
      await using server = await serving([get('/', () => Promise.reject(thrown))]);
      const response = await fetch(server.url);
      const body = (await response.json()) as Record<string, unknown>;
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      assert.deepEqual([response.status, body.title, body.detail], [status, title, detail]);
    });
  }

  it('logs an outage once for each route until it is over, and what is our own fault each time', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'info', format: 'json', write: (line) => lines.push(line) });
    let thrown: Error | undefined;
    const handle = () => {
      if (thrown !== undefined) throw thrown;
      return json(200, {});
    };
    await using server = await serving([get('/leases/:id', handle), get('/entries', handle)], { log });
    const ask = async (...paths: readonly string[]) => {
      for (const path of paths) await fetch(`${server.url}${path}`);
      return lines.splice(0).map((line) => JSON.parse(line).path);
    };
    thrown = new CallsignError('STORE_UNAVAILABLE', 'the store is away', { retryable: true });
    assert.deepEqual(await ask('/leases/1', '/leases/2', '/entries', '/entries'), ['/leases/1', '/entries']);
    thrown = undefined;
    assert.deepEqual(await ask('/leases/1', '/nothing'), []);
    thrown = new CallsignError('STORE_UNAVAILABLE', 'the store is away again', { retryable: true });
    assert.deepEqual(await ask('/leases/3', '/entries'), ['/leases/3']);
    thrown = new Error('a bug');
    assert.deepEqual(await ask('/entries', '/entries'), ['/entries', '/entries']);
  });

  it('refuses a body over the limit, and a path that cannot be decoded', async () => {
    await using server = await serving([
      { method: 'PUT', path: '/x', handle: () => json(200, {}) },
      get('/y/:id', () => json(200, {})),
    ]);
    assert.equal((await fetch(`${server.url}/x`, { method: 'PUT', body: 'x'.repeat(1_001) })).status, 413);
    assert.equal((await fetch(`${server.url}/y/%ff`)).status, 400);
  });

  for (const [target, query] of [
    ['/?a=1&b=%20', 'a=1&b=+'],
    ['/?a?b', 'a%3Fb='],
    ['http://host:99999/?a=1', 'a=1'],
    ['/', ''],
  ] as const) {
    it(`reads the query of ${target}`, async () => {
      await using server = await serving([get('/', (request) => json(200, request.query.toString()))]);
      const reply = await said(server.port, `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      assert.match(reply, /^HTTP\/1.1 200 /);
      assert.ok(reply.endsWith(`\r\n\r\n"${query}"\n`), reply);
    });
  }

  it('says how long a whole body is', async () => {
    await using server = await serving([get('/', () => json(200, 'é'))]);
    assert.equal((await fetch(server.url)).headers.get('content-length'), '5');
  });

  it('tells paths apart by the case of their letters', async () => {
    await using server = await serving([get('/one', () => json(200, {}))]);
    assert.deepEqual(
      [(await fetch(`${server.url}/one`)).status, (await fetch(`${server.url}/One`)).status],
      [200, 404],
    );
  });

  it('knows a client of IPv4 by its address, also where it serves both families', async () => {
    const routes = [get('/', ({ peer }) => json(200, peer))];
    await using server = await serving(routes, { listen: [{ host: '', port: 0 }] });
    assert.equal(await (await fetch(server.url)).json(), '127.0.0.1');
  });

  it('finds nothing where a name is left out', async () => {
    await using server = await serving([get('/named/:name', () => json(200, {}))]);
    assert.equal((await fetch(`${server.url}/named/one`)).status, 200);
    assert.equal((await fetch(`${server.url}/named/`)).status, 404);
  });

  it('answers HEAD as it would GET, at once and without a body', async () => {
    const never = Promise.withResolvers<string>();
    const endless = async function* () {
      yield await never.promise;
    };
    const streaming = get('/stream', () => ({ ...events(''), body: endless() }));
    await using server = await serving([streaming, tagged]);
    for (const path of ['/stream', '/']) {
      const reply = await said(
        server.port,
        `HEAD ${path} HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n`,
      );
      assert.match(reply, /^HTTP\/1.1 200 [\s\S]*\r\n\r\n$/);
    }
  });

  const large = { texts: Array.from({ length: 1_000 }, (_, at) => `text ${at}`) };
  const tagged = get('/', () => json(200, large, { etag: '"7"', vary: 'accept' }));

  it('compresses what is large, under a tag of its own', async () => {
    await using server = await serving([tagged]);
    const response = await fetch(server.url, { headers: { 'accept-encoding': 'gzip, br' } });
    const told = ['content-encoding', 'vary', 'etag'].map((name) => response.headers.get(name));
    assert.deepEqual(told, ['gzip', 'accept, accept-encoding', '"7-gzip"']);
    assert.deepEqual(await response.json(), large);
  });

  for (const [what, accepted, route] of [
    ['what is small', 'gzip', get('/', () => json(200, {}))],
    ['for a client that does not want it', 'gzip;q=0', tagged],
    ['for a client that can do something else', 'br', tagged],
    [
      'what comes piece by piece without an end',
      'gzip',
      get('/', () => events(`data: ${'x'.repeat(9_999)}`)),
    ],
  ] as const) {
    it(`does not compress ${what}`, async () => {
      await using server = await serving([route]);
      const response = await fetch(server.url, { headers: { 'accept-encoding': accepted } });
      assert.equal(response.headers.get('content-encoding'), null);
      await response.arrayBuffer();
    });
  }

  it('tells a handler when its client has gone', async () => {
    const gone = Promise.withResolvers<void>();
    const forever = async function* () {
      yield 'first\n';
      await gone.promise;
    };
    const handle: Route['handle'] = ({ signal }): HttpReply => {
      signal.addEventListener('abort', () => gone.resolve());
      return { status: 200, body: forever() };
    };
    await using server = await serving([get('/', handle)]);
    const leaving = new AbortController();
    const response = await fetch(server.url, { signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    await gone.promise;
  });

  it('makes nothing more for a client that has gone', async () => {
    const ended = Promise.withResolvers<void>();
    const endless = async function* () {
      try {
        for (;;) yield await setImmediate('x'.repeat(64 << 10));
      } finally {
        ended.resolve();
      }
    };
    await using server = await serving([get('/', () => ({ status: 200, body: endless() }))]);
    const leaving = new AbortController();
    const response = await fetch(server.url, { signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    await ended.promise;
  });

  it('goes on when a connection cannot be accepted', async () => {
    const opened = Promise.withResolvers<Server>();
    const listening = (message: unknown) => opened.resolve((message as { readonly server: Server }).server);
    subscribe(LISTENING, listening);
    await using server = await serving([get('/', () => json(200, {}))]);
    unsubscribe(LISTENING, listening);
    const sockets = await opened.promise;
    for (const _ of [1, 2]) sockets.emit('error', new Error('accept EMFILE'));
    assert.equal((await fetch(server.url)).status, 200);
  });

  it('answers what is under way before it is closed, and takes nothing new', async () => {
    const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<HttpReply>()];
    const slow = get('/', () => {
      asked.resolve();
      return answer.promise;
    });
    await using server = await serving([slow]);
    const response = fetch(server.url);
    await asked.promise;
    const closing = server.close();
    await assert.rejects(fetch(server.url));
    answer.resolve(json(200, 'done'));
    assert.equal(await (await response).json(), 'done');
    await closing;
  });

  it('ends streams of events when it is closed', async () => {
    const silent = async function* (signal: AbortSignal) {
      yield 'data: 1\n\n';
      await once(signal, 'abort').catch(() => undefined);
    };
    await using server = await serving([get('/', ({ signal }) => ({ ...events(''), body: silent(signal) }))]);
    const response = await fetch(server.url);
    const [text] = await Promise.all([response.text(), server.close()]);
    assert.equal(text, 'data: 1\n\n');
  });

  it('waits no longer than it may for an answer that does not come', async () => {
    const never = Promise.withResolvers<HttpReply>();
    const asked = Promise.withResolvers<void>();
    const stuck = get('/', () => {
      asked.resolve();
      return never.promise;
    });
    await using server = await serving([stuck], { graceMs: 1 });
    const response = assert.rejects(fetch(server.url));
    await asked.promise;
    await server.close();
    await response;
  });

  it('waits for a client that reads slowly', async () => {
    let made = 0;
    const endless = async function* () {
      for (; made < 10_000; made += 1) yield 'x'.repeat(64 << 10);
    };
    await using server = await serving([get('/', () => ({ status: 200, body: endless() }))]);
    const client = connect(server.port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(client, 'readable');
    // Once what has been made stays the same from one look to the next, the server waits.
    let before = -1;
    await eventually(
      () => {
        const still = made > 0 && made === before;
        before = made;
        assert.ok(still);
      },
      10_000,
      100,
    );
    assert.ok(made < 1_000, `${made} pieces were made for a client that read none`);
    client.destroy();
  });
});
