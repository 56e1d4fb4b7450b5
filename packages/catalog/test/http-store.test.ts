import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompactedError,
  EmbeddedStore,
  HttpStore,
  openStore,
  put,
  StoreCallError,
  StoreRefusedError,
  StoreUnavailableError,
} from '@callsign/catalog';
import { CallsignError, HttpError, HttpServer, type SocketAddress, silentLog } from '@callsign/daemon';
import { ManualClock } from '../../../test/support/clock.ts';
import { freePort } from '../../../test/support/ports.ts';
import { eventually } from '../../../test/support/wait.ts';
import { storeRoutes } from '../../nameserver/src/api/store.ts';
import type { EmbeddedOptions } from '../src/embedded-store.ts';
import { EventStream } from '../src/http/event-stream.ts';
import { embeddedRig, httpClient, httpRig } from './rigs.ts';
import { Follower } from './scene.ts';

describe('http store', () => {
  let server: Server | undefined;

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  const serve = async (listener: RequestListener): Promise<number> => {
    server = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((listening) => server?.once('listening', listening));
    return (server.address() as AddressInfo).port;
  };

  for (const [what, listener, kind, cure] of [
    ['a web page', reply(200, 'text/html', '<html>'), StoreRefusedError, /--http address/],
    ['nothing of that name', reply(404, 'text/plain', 'no'), StoreRefusedError, /--http address/],
    [
      'no token',
      reply(401, 'application/problem+json', '{"detail":"no token"}'),
      StoreRefusedError,
      /--token-file/,
    ],
    ['no permission', reply(403, 'text/plain', ''), StoreRefusedError, /--token-file/],
    ['too much', reply(413, 'application/problem+json', '{"detail":"too large"}'), StoreCallError, undefined],
    ['being overloaded', reply(503, 'text/plain', ''), StoreUnavailableError, undefined],
    ['JSON of its own', reply(200, 'application/json', '{"status":"ok"}'), StoreRefusedError, /--http/],
    ['nothing', reply(200, 'application/json', ''), StoreRefusedError, /--http/],
    ['half an answer', reply(200, 'application/json', '{"revision":'), StoreRefusedError, /--http/],
  ] as const) {
    it(`tells what it means when the other side answers with ${what}`, async () => {
      const store = httpClient(await serve(listener));
      const check = (error: unknown) =>
        error instanceof kind &&
        error instanceof CallsignError &&
        (cure === undefined || cure.test(error.cure ?? ''));
      await assert.rejects(store.list(''), check);
      await assert.rejects(put(store, 'docker/a', '1'), check);
      await assert.rejects(store.grant(30, 10), check);
      if (kind === StoreRefusedError) {
        await assert.rejects(new Follower(store.watch('', 1, AbortSignal.timeout(30_000))).end, check);
      }
      await store.close();
    });
  }

  it('says that nobody is there', async () => {
    const store = await openStore(`http://127.0.0.1:${await freePort()}`);
    await assert.rejects(
      store.list(''),
      (error) => error instanceof StoreUnavailableError && /nameserver runs there/.test(error.cure ?? ''),
    );
    await store.close();
  });

  it('shows its token with every call', async () => {
    const embedded = await EmbeddedStore.open();
    const guarded = new HttpServer({
      listen: [{ host: '127.0.0.1', port: 0 }],
      routes: storeRoutes(embedded),
      log: silentLog,
      guard: ({ headers }) => {
        if (headers.authorization !== 'Bearer s3cret') throw new HttpError(401, 'UNAUTHORIZED', 'no token');
      },
    });
    await guarded.start();
    const url = `http://127.0.0.1:${guarded.addresses[0]?.port}`;
    const [known, stranger] = [new HttpStore({ url, token: 's3cret' }), new HttpStore({ url })];
    const lease = await known.grant(30, 10);
    await put(known, 'docker/a', '1', { lease });
    await lease.revoke();
    await assert.rejects(stranger.list(''), StoreRefusedError);
    for (const part of [known, stranger, guarded, embedded]) await part.close();
  });

  it('renews its lease in time by another connection when one has died without a word', async () => {
    const behind = await httpRig(await embeddedRig());
    const store = httpClient(behind.network.port);
    const lease = await store.grant(6, 0.5);
    const lost = lease.lost.then(() => 'lost');
    behind.network.stall();
    behind.network.heal();
    const { connections } = behind.network;
    const another = eventually(() => assert.ok(behind.network.connections > connections));
    assert.notEqual(await Promise.race([another, lost]), 'lost');
    await store.leases.renew(lease.id);
    await store.close();
    await behind.close();
  });

  it('asks for a fresh list of a store that was set up anew, also where it has come further than before', async () => {
    const clock = new ManualClock();
    let nameserver = await startNameserver({ clock }, { host: '127.0.0.1', port: 0 });
    const store = httpClient(nameserver.address.port);
    const watch = store.watch('', (await store.list('')).revision, AbortSignal.timeout(60_000));
    const follower = new Follower(watch);
    await put(store, 'docker/a', '1');
    await follower.until(({ length }) => length === 1);
    await nameserver.close();
    nameserver = await startNameserver({ clock }, nameserver.address);
    for (let at = 0; at < 3; at += 1) await eventually(() => put(store, 'docker/b', String(at)));
    await assert.rejects(follower.end, CompactedError);
    assert.equal(follower.batches.length, 1);
    await store.close();
    await nameserver.close();
  });

  it('keeps its lease and its watch while the nameserver restarts with its store', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'callsign-http-'));
    const file = join(directory, 'store');
    let nameserver = await startNameserver({ file }, { host: '127.0.0.1', port: 0 });
    const store = httpClient(nameserver.address.port);
    const lease = await store.grant(60, 0.05);
    let lost: Error | undefined;
    void lease.lost.then((reason) => {
      lost = reason;
    });
    const ended = new AbortController();
    const { revision } = await store.list('');
    const follower = new Follower(store.watch('', revision, ended.signal));
    await put(store, 'docker/a', '1', { lease });
    await follower.until(({ length }) => length === 1);
    await nameserver.close();
    await assert.rejects(store.leases.renew(lease.id), StoreUnavailableError);
    nameserver = await startNameserver({ file }, nameserver.address);
    await eventually(() => store.leases.renew(lease.id));
    await eventually(() => put(store, 'docker/b', '1', { lease }));
    await follower.until(({ length }) => length === 2);
    assert.equal((await store.list('')).entries.length, 2);
    assert.equal(lost, undefined);
    ended.abort();
    await store.close();
    await nameserver.close();
    await rm(directory, { recursive: true });
  });
});

describe('event stream', () => {
  const stream =
    ': hello\n\nid: 5\ndata: {"a":1}\n\n: still\n\nid: 6\n\nevent: compacted\ndata: {}\ndata: x\n\ndata: torn\n';
  const events = [
    { event: 'message', data: '{"a":1}', id: '5' },
    { event: 'message', data: '', id: '6' },
    { event: 'compacted', data: '{}\nx' },
  ];

  for (const size of [1, 2, 7, stream.length]) {
    it(`is read the same in pieces of ${size}`, () => {
      const reader = new EventStream();
      const pieces = stream.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      assert.deepEqual(
        pieces.flatMap((piece) => reader.push(piece)),
        events,
      );
    });
  }
});

function reply(status: number, type: string, body: string): RequestListener {
  return (_, response) => response.writeHead(status, { 'content-type': type }).end(body);
}

async function startNameserver(options: EmbeddedOptions, listen: SocketAddress) {
  const store = await EmbeddedStore.open(options);
  const server = new HttpServer({ listen: [listen], routes: storeRoutes(store), log: silentLog });
  await server.start();
  return {
    address: server.addresses[0] as SocketAddress,
    close: async () => {
      await server.close();
      await store.close();
    },
  };
}
