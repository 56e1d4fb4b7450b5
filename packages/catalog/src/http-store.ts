import { type Clock, systemClock } from '@callsign/daemon';
import { EventStream, type StreamEvent } from './http/event-stream.ts';
import { jsonFrom, RestClient } from './http/rest-client.ts';
import { inPages } from './in-pages.ts';
import { keepLease } from './kept-lease.ts';
import { type Attempt, resumed, type Told } from './resumed.ts';
import {
  type Batch,
  type CommitOptions,
  CompactedError,
  checkTtl,
  checkWrites,
  type GrantedLease,
  type Lease,
  type Leases,
  type Listing,
  type Store,
  StoreUnavailableError,
  type WatchListener,
  type Write,
} from './store.ts';

export interface HttpStoreOptions {
  /** Of the nameserver, without a slash at its end. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  readonly clock?: Clock;
  /** After how much silence a call has failed, in milliseconds. */
  readonly callMs?: number;
  /** After how much silence a watch counts as cut, in milliseconds; the nameserver writes every 5 s. */
  readonly silenceMs?: number;
}

/** The store of a remote nameserver, through its REST API. */
export class HttpStore implements Store {
  readonly leases: Leases;
  readonly #url: string;
  readonly #callMs: number;
  readonly #clock: Clock;
  readonly #silenceMs: number;
  readonly #closed = new AbortController();
  readonly #client: RestClient;

  constructor(options: HttpStoreOptions) {
    const { clock = systemClock, callMs = 10_000, silenceMs = 15_000 } = options;
    this.#url = options.url;
    this.#callMs = callMs;
    this.#clock = clock;
    this.#client = new RestClient({ ...options, callMs, closed: this.#closed.signal });
    this.#silenceMs = silenceMs;
    this.leases = {
      grant: (ttl) => this.#grant(ttl),
      renew: (id, withinMs) => this.#renew(id, withinMs),
      revoke: (id) => this.#revoke(id),
    };
  }

  async list(prefix: string, signal?: AbortSignal): Promise<Listing> {
    const path = `/v1/store/entries?${new URLSearchParams({ prefix }).toString()}`;
    const call = { method: 'GET', path, ...(signal && { signal }) } as const;
    return await this.#client.fetched<Listing>(call, 'entries');
  }

  async *pages(prefix: string, signal?: AbortSignal): AsyncGenerator<Listing, void, undefined> {
    const { revision, entries } = await this.list(prefix, signal);
    for await (const page of inPages(entries)) yield { revision, entries: page };
  }

  watch(
    prefix: string,
    after: number,
    signal: AbortSignal,
    listener?: WatchListener,
  ): AsyncGenerator<Batch, void, undefined> {
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    const attempt: Attempt = (reached, opened, wanted) => this.#session(prefix, reached, wanted, opened);
    return resumed(attempt, { after, signal: ended, clock: this.#clock, listener });
  }

  async commit(writes: readonly Write[], { lease, expect }: CommitOptions = {}): Promise<number> {
    checkWrites(writes);
    const body = { writes, ...(lease && { lease: lease.id }), ...(expect && { expect }) };
    const call = {
      method: 'POST',
      path: '/v1/store/commits',
      body,
      ...(lease && { lease: lease.id }),
    } as const;
    const { revision } = await this.#client.fetched<{ readonly revision: number }>(call, 'revision');
    return revision;
  }

  async grant(ttl: number, beat: number): Promise<Lease> {
    return await keepLease(this.leases, ttl, { beat, clock: this.#clock, signal: this.#closed.signal });
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  async #grant(ttl: number): Promise<GrantedLease> {
    checkTtl(ttl);
    const call = { method: 'POST', path: '/v1/store/leases', body: { ttl } } as const;
    return await this.#client.fetched<GrantedLease>(call, 'id');
  }

  /** A connection may have died without a word: half of what is left is kept for a try by another one. */
  async #renew(id: string, withinMs = Number.POSITIVE_INFINITY): Promise<void> {
    const call = { method: 'POST', path: `${leasePath(id)}/renewals`, lease: id } as const;
    await this.#client.call(call, Math.min(this.#callMs, withinMs / 2));
  }

  async #revoke(id: string): Promise<void> {
    await this.#client.call({ method: 'DELETE', path: leasePath(id), lease: id });
  }

  /** One watch on one connection; it ends with an error. */
  async *#session(
    prefix: string,
    after: number,
    signal: AbortSignal,
    opened: () => void,
  ): AsyncGenerator<Told, void, undefined> {
    const query = new URLSearchParams({ prefix, after: String(after) });
    const path = `/v1/store/changes?${query.toString()}`;
    const call = { method: 'GET', path, signal, type: 'text/event-stream' } as const;
    const events = new EventStream();
    for await (const piece of this.#client.text(call, this.#silenceMs)) {
      opened();
      for (const event of events.push(piece)) if (event.data !== '') yield this.#told(event, after);
    }
    throw new StoreUnavailableError(`${this.#url} ended the watch`);
  }

  /** @throws {CompactedError} when that is what the event says */
  #told({ event, data }: StreamEvent, after: number): Told {
    if (event === 'compacted') throw new CompactedError(after);
    return { batch: jsonFrom(this.#url, data) as Batch, mark: data };
  }
}

function leasePath(id: string): string {
  return `/v1/store/leases/${encodeURIComponent(id)}`;
}
