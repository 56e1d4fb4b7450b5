import { addAbortListener } from 'node:events';
import { rootCertificates } from 'node:tls';
import { aborting, type Clock, systemClock } from '@callsign/daemon';
import { Etcd3, type IOptions } from 'etcd3';
import { CHANNEL, OWN_READING, REQUIRE_LEADER } from './etcd/channel.ts';
import { Endpoints } from './etcd/endpoints.ts';
import { etcdError, isCompacted, isLeaseNotFound } from './etcd/etcd-error.ts';
import { checkId, EtcdLeases } from './etcd/etcd-leases.ts';
import { LeaseTtls } from './etcd/lease-ttls.ts';
import { type EtcdClient, type KeyValue, rangeOf, type WatchStream } from './etcd/protocol.ts';
import { type RangeListing, readPages, readRange } from './etcd/read-range.ts';
import { type Authenticated, goWithoutUsers, keepTokensChannel, renewOldTokens } from './etcd/token.ts';
import { conflictOf, readingOf, transactionOf } from './etcd/transaction.ts';
import { type Revision, WatchCanceledError, watchSession } from './etcd/watch-session.ts';
import { inPages } from './in-pages.ts';
import { keepLease } from './kept-lease.ts';
import type { Key } from './names.ts';
import { type Attempt, resumed, type Told } from './resumed.ts';
import {
  type Batch,
  type CommitOptions,
  CompactedError,
  type ConflictError,
  checkWrites,
  type Entry,
  isPut,
  type Lease,
  LeaseLostError,
  type Listing,
  type Store,
  StoreClosedError,
  type WatchListener,
  type Write,
} from './store.ts';
import type { EtcdAddress } from './store-address.ts';

export interface EtcdOptions extends Omit<EtcdAddress, 'kind'> {
  /** PEM. Without `ca` the authorities that Node knows are trusted. */
  readonly tls?: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  readonly clock?: Clock;
  /** How long one call may take, in milliseconds. */
  readonly callMs?: number;
  /** After how much silence a watch asks for a sign of life, in milliseconds; three times that is a cut. */
  readonly probeMs?: number;
}

/** A store in etcd v3. The only file that knows etcd3. */
export class EtcdStore implements Store {
  readonly leases: EtcdLeases;
  readonly #options: EtcdOptions;
  readonly #prefixBytes: number;
  readonly #callMs: number;
  readonly #probeMs: number;
  readonly #clock: Clock;
  readonly #endpoints: Endpoints<EtcdClient>;
  readonly #ttls: LeaseTtls;
  readonly #closed = new AbortController();

  constructor(options: EtcdOptions) {
    const { hosts, callMs = 5_000, probeMs = 5_000, clock = systemClock } = options;
    this.#options = options;
    this.#prefixBytes = Buffer.byteLength(options.prefix);
    this.#callMs = callMs;
    this.#probeMs = probeMs;
    this.#clock = clock;
    this.#endpoints = new Endpoints(hosts, (host) => this.#connect(host));
    this.leases = new EtcdLeases(this.#endpoints, callMs);
    this.#ttls = new LeaseTtls((id) => this.leases.ttlOf(id));
  }

  async list(prefix: string, signal?: AbortSignal): Promise<Listing> {
    this.#checkOpen();
    const ended = this.#ending(signal);
    return await this.#listing(await readRange(this.#endpoints, this.#range(prefix), ended), ended);
  }

  async *pages(prefix: string, signal?: AbortSignal): AsyncGenerator<Listing, void, undefined> {
    this.#checkOpen();
    const ended = this.#ending(signal);
    let revision = 0;
    try {
      for await (const page of readPages(this.#endpoints, this.#range(prefix), ended)) {
        revision = page.revision;
        for await (const keyValues of inPages(page.keyValues))
          yield await this.#listing({ revision, keyValues }, ended);
      }
    } catch (error) {
      throw isCompacted(error) ? new CompactedError(revision) : error;
    }
  }

  watch(
    prefix: string,
    after: number,
    signal: AbortSignal,
    listener?: WatchListener,
  ): AsyncGenerator<Batch, void, undefined> {
    const ended = this.#ending(signal);
    const attempt: Attempt = (reached, opened, wanted) => this.#session(prefix, reached, wanted, opened);
    return resumed(attempt, { after, signal: ended, clock: this.#clock, listener });
  }

  async commit(writes: readonly Write[], options: CommitOptions = {}): Promise<number> {
    this.#checkOpen();
    checkWrites(writes);
    if (options.lease !== undefined && writes.some(isPut)) checkId(options.lease.id);
    const request = transactionOf(this.#options.prefix, writes, options);
    try {
      const response = await this.#endpoints.call(({ kv }) => kv.txn(request), false);
      if (!response.succeeded) throw await this.#conflict(options);
      return Number(response.header.revision);
    } catch (error) {
      if (options.lease !== undefined && isLeaseNotFound(error)) {
        throw new LeaseLostError(options.lease.id, { cause: error });
      }
      throw error;
    }
  }

  async grant(ttl: number, beat: number): Promise<Lease> {
    this.#checkOpen();
    return await keepLease(this.leases, ttl, { beat, clock: this.#clock, signal: this.#closed.signal });
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(new StoreClosedError());
    this.#endpoints.close((client) => client.close());
  }

  #checkOpen(): void {
    if (this.#closed.signal.aborted) throw new StoreClosedError();
  }

  /** Fires when the caller's signal does, or the store is closed: nobody waits then for an etcd that hangs. */
  #ending(signal?: AbortSignal): AbortSignal {
    return signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
  }

  #range(prefix: string) {
    return rangeOf(`${this.#options.prefix}${prefix}`);
  }

  /** One watch on a connection of its own, so that nothing that befalls other calls befalls it, nor the reverse. */
  async *#session(
    prefix: string,
    after: number,
    signal: AbortSignal,
    opened: () => void,
  ): AsyncGenerator<Told, void, undefined> {
    const host = this.#endpoints.current;
    const client = this.#connect(host, REQUIRE_LEADER);
    let ended: Disposable | undefined;
    try {
      // etcd3 hears the stream's errors too, also those that come after its end.
      const opening = client.watchClient.watch() as Promise<WatchStream>;
      ended = addAbortListener(signal, () => void opening.then(cancel, () => undefined));
      const stream = await aborting(opening, signal);
      const open = async (revision: number) => {
        await aborting(this.#checkKnown(after, revision), signal);
        opened();
      };
      const session = { range: this.#range(prefix), after, probeMs: this.#probeMs, opened: open };
      for await (const revision of watchSession(stream, session)) {
        // A lease's id is of one etcd alone, as is how often a key was written: no other has the same events by chance.
        yield { batch: await this.#batch(revision), mark: revision.events };
      }
    } catch (error) {
      throw await this.#judged(error, host);
    } finally {
      ended?.[Symbol.dispose]();
      client.close();
    }
  }

  /**
   * A member that lags behind is waited for. An etcd that never had that revision was set up anew, and what
   * its revisions mean has nothing to do with ours.
   */
  async #checkKnown(after: number, revision: number): Promise<void> {
    if (revision < after && (await this.#newest()) < after) throw new CompactedError(after);
  }

  /** Why a session ended. Only an ordinary call can tell a permission that is missing from a token that is too old. */
  async #judged(error: unknown, host: string): Promise<Error> {
    if (error instanceof CompactedError) return error;
    if (error instanceof WatchCanceledError) await this.#newest();
    this.#endpoints.failed(host);
    return etcdError(host, error);
  }

  async #conflict(options: CommitOptions): Promise<ConflictError> {
    const request = readingOf(this.#options.prefix, options);
    return conflictOf(options, await this.#endpoints.call(({ kv }) => kv.txn(request)));
  }

  async #newest(): Promise<number> {
    const request = { ...this.#range(''), limit: 1, keys_only: true };
    const { header } = await this.#endpoints.call(({ kv }) => kv.range(request));
    return Number(header.revision);
  }

  async #listing({ revision, keyValues }: RangeListing, signal: AbortSignal): Promise<Listing> {
    await aborting(this.#ttls.learn(keyValues.map(({ lease }) => lease)), signal);
    return { revision, entries: keyValues.map((keyValue) => this.#entry(keyValue)) };
  }

  async #batch({ revision, events }: Revision): Promise<Batch> {
    await this.#ttls.learn(events.map(({ kv }) => kv.lease));
    const changes = events.map(({ type, kv }) =>
      type === 'Delete'
        ? ({ kind: 'delete', key: this.#relative(kv.key) } as const)
        : ({ kind: 'put', entry: this.#entry(kv) } as const),
    );
    return { revision, changes };
  }

  #entry({ key, value, mod_revision, lease }: KeyValue): Entry {
    const leaseTtl = this.#ttls.of(lease);
    return {
      key: this.#relative(key),
      value: value.toString('utf8'),
      revision: Number(mod_revision),
      ...(leaseTtl !== undefined && { leaseTtl }),
    };
  }

  #relative(key: Buffer): Key {
    return key.toString('utf8', this.#prefixBytes);
  }

  #connect(host: string, channel: object = OWN_READING): EtcdClient {
    const { secure, user, tls } = this.#options;
    const client = new Etcd3({
      hosts: `${secure ? 'https' : 'http'}://${host}`,
      ...(secure && { credentials: credentials(tls) }),
      ...(user && { auth: { username: user.name, password: user.password } }),
      grpcOptions: { ...CHANNEL, ...channel },
      defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: Date.now() + this.#callMs }),
      faultHandling: { host: () => NO_POLICY, global: NO_POLICY },
    });
    const authenticated = client as unknown as Authenticated;
    keepTokensChannel(authenticated);
    goWithoutUsers(authenticated);
    renewOldTokens(authenticated);
    return client;
  }
}

function cancel(stream: WatchStream): void {
  stream.cancel();
}

/** The client's circuit breaker and retries are off: a breaker that one failure opens would stop every other call. */
const NO_POLICY: NonNullable<NonNullable<IOptions['faultHandling']>['global']> = {
  _altReturn: undefined as never,
  onSuccess: () => ({ dispose: () => undefined }),
  onFailure: () => ({ dispose: () => undefined }),
  execute: async (call) => await call({ signal: new AbortController().signal }),
};

function credentials(tls: EtcdOptions['tls'] = {}): NonNullable<IOptions['credentials']> {
  const { ca = Buffer.from(rootCertificates.join('\n')), cert, key } = tls;
  return { rootCertificate: ca, ...(key && { privateKey: key }), ...(cert && { certChain: cert }) };
}
