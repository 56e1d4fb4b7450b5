import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerHttp2Session } from 'node:http2';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  CompactedError,
  MAX_WRITES,
  openStore,
  put,
  type Store,
  StoreCallError,
  StoreRefusedError,
  StoreUnavailableError,
} from '@callsign/catalog';
import type { CallsignError } from '@callsign/daemon';
import { Authority } from '../../../test/support/certificates.ts';
import { ManualClock } from '../../../test/support/clock.ts';
import { Etcd } from '../../../test/support/etcd.ts';
import { exec } from '../../../test/support/exec.ts';
import { ownedFolder } from '../../../test/support/owned.ts';
import { ETCD, ETCDCTL, OPENSSL, requireParts } from '../../../test/support/parts.ts';
import { freePort } from '../../../test/support/ports.ts';
import { TcpProxy } from '../../../test/support/proxy.ts';
import { eventually } from '../../../test/support/wait.ts';
import { EtcdStore } from '../src/etcd-store.ts';
import { etcdClient, IMPATIENT } from './rigs.ts';
import { Follower } from './scene.ts';

describe('etcd store', () => {
  const closing: (() => Promise<void>)[] = [];
  let ended: AbortController;

  before(function () {
    requireParts(this, ETCD, ETCDCTL);
  });
  beforeEach(() => {
    ended = new AbortController();
  });
  afterEach(async () => {
    ended.abort();
    for (const close of closing.splice(0).toReversed()) await close();
  });

  const kept = <T extends { close(): Promise<void> }>(part: T): T => {
    closing.push(() => part.close());
    return part;
  };
  const start = async (...flags: readonly string[]) => kept(await Etcd.start(...flags));
  /** A double of an etcd whose connections live and whose calls are never answered: a real one cannot be held there. */
  const silentServer = async (): Promise<number> => {
    const server = createServer().listen(0, '127.0.0.1');
    const sessions: ServerHttp2Session[] = [];
    server.on('session', (session) => sessions.push(session));
    await once(server, 'listening');
    closing.push(async () => {
      for (const session of sessions) session.destroy();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  };
  const client = (...args: Parameters<typeof etcdClient>) => kept(etcdClient(...args));
  const follow = (store: Store, after: number) => new Follower(store.watch('', after, ended.signal));

  it('keeps its keys below the prefix, as CoreDNS and SkyDNS read them', async () => {
    const etcd = await start();
    const store = client(etcd.port);
    await put(store, 'docker/dev/redis', '{"host":"10.0.0.1"}');
    assert.equal(
      await etcd.control('get', '--print-value-only', '/skydns/docker/dev/redis'),
      '{"host":"10.0.0.1"}\n',
    );
    await etcd.control('put', '/skydns2/other', '1');
    await etcd.control('put', '/skydns/docker/dev/web', '2');
    assert.deepEqual(
      (await store.list('')).entries.map(({ key, value }) => [key, value]),
      [
        ['docker/dev/redis', '{"host":"10.0.0.1"}'],
        ['docker/dev/web', '2'],
      ],
    );
    const other = client(etcd.port, { prefix: '/skydns2/' });
    assert.equal((await other.list('')).entries[0]?.key, 'other');
  });

  it('reads more than fits into one answer, and what is no text', async () => {
    const etcd = await start();
    const store = client(etcd.port);
    const value = 'x'.repeat(512 << 10);
    for (let at = 0; at < 40; at += 1) await put(store, `docker/k${at}`, value);
    const printed = `printf 'a\\377\\376' | etcdctl --endpoints=127.0.0.1:${etcd.port} put /skydns/docker/bytes`;
    await exec('/bin/sh', ['-c', printed], { env: { ...process.env, ETCDCTL_API: '3' } });
    const { entries } = await store.list('');
    assert.equal(entries.length, 41);
    assert.equal(entries[0]?.value, 'a\ufffd\ufffd');
    await assert.rejects(put(store, 'docker/big', 'x'.repeat(2 << 20)), StoreCallError);
  });

  it('reads many pages, each key once and in order', async () => {
    const etcd = await start();
    const store = client(etcd.port);
    const keys = Array.from({ length: 12_000 }, (_, at) => `docker/k${String(at).padStart(5, '0')}`);
    for (let at = 0; at < keys.length; at += MAX_WRITES) {
      await store.commit(keys.slice(at, at + MAX_WRITES).map((key) => ({ kind: 'put', key, value: key })));
    }
    const { entries } = await store.list('');
    assert.deepEqual(
      entries.map(({ value }) => value),
      keys,
    );
  });

  it('follows through a restart of etcd, and keeps its lease', async () => {
    const etcd = await start();
    const store = client(etcd.port);
    const lease = await store.grant(60, 0.1);
    const follower = follow(store, (await store.list('')).revision);
    await put(store, 'docker/a', '1', { lease });
    await follower.until(({ length }) => length === 1);
    await etcd.end('SIGKILL');
    await assert.rejects(put(store, 'docker/a', '2'), StoreUnavailableError);
    await etcd.restart();
    const revision = await eventually(() => put(store, 'docker/a', '2', { lease }));
    await follower.until((batches) => batches.at(-1)?.revision === revision);
    await lease.revoke();
  });

  it('asks for a fresh list when etcd was set up anew', async () => {
    const etcd = await start();
    const store = client(etcd.port);
    for (let at = 0; at < 5; at += 1) await put(store, 'docker/a', String(at));
    const follower = follow(store, (await store.list('')).revision);
    await etcd.end('SIGKILL');
    await etcd.restartEmpty();
    await assert.rejects(follower.end, CompactedError);
  });

  it('asks for a fresh list when etcd was set up anew, also where it has come further than before', async () => {
    const etcd = await start();
    const [writer, network] = [client(etcd.port), kept(await TcpProxy.to(etcd.port))];
    const follower = follow(client(network.port), (await writer.list('')).revision);
    await follower.until(() => network.connections > 0);
    await put(writer, 'docker/a', '1');
    const seen = await put(writer, 'docker/b', '1', { lease: await writer.leases.grant(60) });
    await follower.until(({ length }) => length === 2);
    network.cut();
    await etcd.end('SIGKILL');
    await etcd.restartEmpty();
    await put(writer, 'docker/c', '1');
    assert.equal(await put(writer, 'docker/b', '1', { lease: await writer.leases.grant(60) }), seen);
    await put(writer, 'docker/d', '1');
    network.heal();
    await assert.rejects(follower.end, CompactedError);
  });

  it('asks for a fresh list when etcd was set up anew and nothing of it was followed yet', async () => {
    const etcd = await start();
    const [writer, network] = [client(etcd.port), kept(await TcpProxy.to(etcd.port))];
    const follower = follow(client(network.port), await put(writer, 'docker/a', '1'));
    await eventually(() => assert.ok(network.connections > 0));
    network.cut();
    await etcd.end('SIGKILL');
    await etcd.restartEmpty();
    for (let at = 0; at < 5; at += 1) await put(writer, 'docker/b', String(at));
    network.heal();
    await assert.rejects(follower.end, CompactedError);
  });

  it('tells whoever watches that etcd is away, and that it is there again', async () => {
    const etcd = await start();
    const clock = new ManualClock();
    const network = kept(await TcpProxy.to(etcd.port));
    const [writer, reader] = [client(etcd.port), client(network.port, { clock })];
    const heard: unknown[] = [];
    const listener = { lost: (why: unknown) => heard.push(why), found: () => heard.push('found') };
    const { revision } = await writer.list('');
    const follower = new Follower(reader.watch('', revision, ended.signal, listener));
    await put(writer, 'docker/a', '1');
    await follower.until(({ length }) => length === 1);
    network.cut();
    const later = (count: number) =>
      eventually(async () => {
        await clock.advance(1_000);
        assert.equal(heard.length, count);
      });
    await later(1);
    assert.ok(heard[0] instanceof StoreUnavailableError);
    network.heal();
    await later(2);
    assert.equal(heard[1], 'found');
  });

  it('notices that etcd hangs, and goes on when it does not any more', async () => {
    const etcd = await start();
    const store = client(etcd.port, IMPATIENT);
    const follower = follow(store, await put(store, 'docker/a', '1'));
    await put(store, 'docker/a', '2');
    // A watch that has told nothing yet has nothing to recognise the store by.
    await follower.until(({ length }) => length === 1);
    await etcd.pause();
    await assert.rejects(
      store.list(''),
      (error) => error instanceof StoreUnavailableError && /etcdctl endpoint/.test(error.cure ?? 'no cure'),
    );
    etcd.resume();
    const revision = await eventually(() => put(store, 'docker/a', '3'));
    await follower.until((batches) => batches.at(-1)?.revision === revision);
  });

  for (const user of [undefined, { name: 'root', password: 's3cret' }]) {
    const who = user === undefined ? 'nobody' : 'a user';
    it(`lets go at once of an etcd that never answers, as ${who}, when the signal fires`, async () => {
      const store = client(await silentServer(), { callMs: 3_600_000, ...(user && { user }) });
      const listing = store.list('', ended.signal);
      const page = store.pages('', ended.signal)[Symbol.asyncIterator]().next();
      const follower = follow(store, 1);
      ended.abort();
      await assert.rejects(listing, { name: 'AbortError' });
      await assert.rejects(page, { name: 'AbortError' });
      await follower.end;
    });
  }

  it('is not stopped by an endpoint that is dead', async () => {
    const etcd = await start();
    const hosts = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${etcd.port}`];
    const store = kept(new EtcdStore({ hosts, secure: false, prefix: '/skydns/' }));
    const follower = follow(store, await put(store, 'docker/a', '1'));
    await put(store, 'docker/a', '2');
    await follower.until(({ length }) => length === 1);
    assert.equal((await store.list('')).entries.length, 1);
  });

  it('needs nobody to be there when it is opened, and says who is not', async () => {
    const port = await freePort();
    const store = kept(await openStore(`etcd://127.0.0.1:${port}`));
    await assert.rejects(
      store.list(''),
      (error) =>
        error instanceof StoreUnavailableError &&
        error.message.includes(`127.0.0.1:${port}`) &&
        /Check that etcd runs/.test(error.cure ?? ''),
    );
  });

  it('gives user and password, and says which are refused', async () => {
    const etcd = await start();
    for (const command of ['user add root:s3cret', 'user grant-role root root', 'auth enable']) {
      await etcd.control(...command.split(' '));
    }
    const admin = client(etcd.port, { user: { name: 'root', password: 's3cret' } });
    const revision = await put(admin, 'docker/a', '1');
    const follower = follow(admin, revision - 1);
    await follower.until(({ length }) => length === 1);
    await etcd.end('SIGKILL'); // the token that etcd gave us dies with it
    await etcd.restart();
    await eventually(() => put(admin, 'docker/a', '2'));
    await follower.until(({ length }) => length === 2);
    for (const user of [undefined, { name: 'root', password: 'wrong' }]) {
      const stranger = client(etcd.port, user === undefined ? {} : { user });
      await assert.rejects(stranger.list(''), isRefusal);
      await assert.rejects(put(stranger, 'docker/a', '3'), isRefusal);
      await assert.rejects(follow(stranger, revision).end, isRefusal);
    }
  });

  it('goes on as its user while authentication is turned on, off and on again', async () => {
    const etcd = await start();
    const network = kept(await TcpProxy.to(etcd.port));
    const store = client(network.port, { user: { name: 'root', password: 's3cret' } });
    const follower = follow(store, (await store.list('')).revision);
    for (const command of ['user add root:s3cret', 'user grant-role root root']) {
      await etcd.control(...command.split(' '));
    }
    const turns = [
      ['auth', 'enable'],
      ['--user=root:s3cret', 'auth', 'disable'],
      ['auth', 'enable'],
    ];
    for (const [at, turn] of turns.entries()) {
      await put(store, 'docker/a', `${at} before`);
      await follower.until(({ length }) => length === 2 * at + 1);
      await etcd.control(...turn);
      network.cut();
      network.heal();
      await eventually(() => put(store, 'docker/a', `${at} after`));
      await follower.until(({ length }) => length === 2 * at + 2);
    }
  });

  it('takes a new token when a change to users and roles has made a signed one too old', async () => {
    const folder = await ownedFolder('tokens');
    closing.push(() => rm(folder, { recursive: true }));
    const etcd = await start(`--auth-token=jwt,${await signingKeys(folder)},sign-method=RS256,ttl=1h`);
    for (const command of ['user add root:s3cret', 'user grant-role root root', 'auth enable']) {
      await etcd.control(...command.split(' '));
    }
    const store = client(etcd.port, { user: { name: 'root', password: 's3cret' } });
    await put(store, 'docker/a', '1');
    await etcd.control('--user=root:s3cret', 'role', 'add', 'other');
    await Promise.all(['b', 'c'].map((label) => put(store, `docker/${label}`, '1')));
    await etcd.control('--user=root:s3cret', 'role', 'delete', 'other');
    assert.equal((await store.list('')).entries.length, 3);
  });

  it('keeps no channel open for each token that it asked for in vain', async () => {
    const store = client(await freePort(), { user: { name: 'root', password: 's3cret' } });
    await assert.rejects(store.list(''), StoreUnavailableError);
    const before = openChannels();
    for (let tries = 0; tries < 20; tries += 1) await assert.rejects(store.list(''), StoreUnavailableError);
    await eventually(() => assert.ok(openChannels() <= before));
  });

  describe('with TLS', () => {
    let authority: Authority;
    let etcd: Etcd;
    let files: { readonly ca: string; readonly cert: string; readonly key: string };

    before(async function () {
      requireParts(this, OPENSSL);
      authority = await Authority.make();
      const { cert, key } = await authority.issue('etcd');
      files = { ca: authority.ca, ...(await authority.issue('us')) };
      etcd = await Etcd.start(
        `--cert-file=${cert}`,
        `--key-file=${key}`,
        `--trusted-ca-file=${authority.ca}`,
        '--client-cert-auth',
      );
    });
    after(async () => {
      await etcd?.close();
      await authority?.close();
    });

    it('trusts the given authority and shows its own certificate', async () => {
      const store = kept(await openStore(`etcds://127.0.0.1:${etcd.port}`, { tls: files }));
      const follower = follow(store, await put(store, 'docker/a', '1'));
      await put(store, 'docker/a', '2');
      await follower.until(({ length }) => length === 1);
    });

    it('refuses another authority, with a cure', async () => {
      const store = kept(await openStore(`etcds://127.0.0.1:${etcd.port}`));
      await assert.rejects(store.list(''), (error) => isRefusal(error) && /CA/.test(error.cure ?? ''));
    });

    it('names a file that cannot be read', async () => {
      const tls = { ...files, ca: '/none.pem' };
      await assert.rejects(openStore('etcds://127.0.0.1', { tls }), { code: 'STORE_TLS_FILE' });
    });
  });
});

/** Makes the two keys of etcd's signed tokens, and names them as its flag does. */
async function signingKeys(folder: string): Promise<string> {
  const [pub, priv] = [join(folder, 'public.pem'), join(folder, 'private.pem')];
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(pub, publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(priv, privateKey.export({ type: 'pkcs1', format: 'pem' }));
  return `pub-key=${pub},priv-key=${priv}`;
}

/** How many channels of gRPC this process has, by gRPC's own account (its proposal A14). */
function openChannels(): number {
  const grpc: Channelz = createRequire(import.meta.resolve('etcd3'))('@grpc/grpc-js');
  let open = Number.NaN;
  grpc
    .getChannelzHandlers()
    .GetTopChannels({ request: { start_channel_id: 0, max_results: 0 } }, (_, answer) => {
      open = answer.channel.length;
    });
  return open;
}

interface Channelz {
  getChannelzHandlers(): {
    GetTopChannels(
      call: { readonly request: object },
      answered: (error: unknown, answer: { readonly channel: readonly unknown[] }) => void,
    ): void;
  };
}

function isRefusal(error: unknown): error is CallsignError {
  return error instanceof StoreRefusedError && error.cure !== undefined;
}
