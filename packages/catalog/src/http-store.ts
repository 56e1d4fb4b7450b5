import { type Clock, systemClock } from '@callsign/daemon';
import { EventStream, type StreamEvent } from './http/event-stream.ts';
import { foreignError, requestError, responseError } from './http/http-error.ts';
import { keepLease } from './kept-lease.ts';
import { resumed } from './resumed.ts';
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
  StoreClosedError,
  StoreUnavailableError,
  type Write,
} from './store.ts';
import { TICK, withTicks } from './ticks.ts';

export interface HttpStoreOptions {
  /** Of the nameserver, without a slash at its end. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  readonly clock?: Clock;
  /** How long one call may take, in milliseconds. */
  readonly callMs?: number;
  /** After how much silence a watch counts as cut, in milliseconds; the nameserver writes every 5 s. */
  readonly silenceMs?: number;
}

interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly lease?: string;
  readonly signal?: AbortSignal;
}

/** How much longer than another call a list may take: it can be 40 MB. */
const LIST_PATIENCE = 6;

/** The store of a remote nameserver, through its REST API. */
export class HttpStore implements Store {
  readonly leases: Leases;
  readonly #options: HttpStoreOptions;
  readonly #clock: Clock;
  readonly #callMs: number;
  readonly #silenceMs: number;
  readonly #closed = new AbortController();

  constructor(options: HttpStoreOptions) {
    const { clock = systemClock, callMs = 10_000, silenceMs = 15_000 } = options;
    this.#options = options;
    this.#clock = clock;
    this.#callMs = callMs;
    this.#silenceMs = silenceMs;
    this.leases = {
      grant: (ttl) => this.#grant(ttl),
      renew: (id) => this.#renew(id),
      revoke: (id) => this.#revoke(id),
    };
  }

  async list(prefix: string, signal?: AbortSignal): Promise<Listing> {
    const path = `/v1/store/entries?${new URLSearchParams({ prefix }).toString()}`;
    const call = { method: 'GET', path, ...(signal && { signal }) } as const;
    return await this.#call<Listing>(call, LIST_PATIENCE * this.#callMs);
  }

  watch(prefix: string, after: number, signal: AbortSignal): AsyncGenerator<Batch, void, undefined> {
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    const attempt = (reached: number, opened: () => void) => this.#session(prefix, reached, ended, opened);
    return resumed(attempt, { after, signal: ended, clock: this.#clock });
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
    const { revision } = await this.#call<{ readonly revision: number }>(call);
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
    return await this.#call<GrantedLease>({ method: 'POST', path: '/v1/store/leases', body: { ttl } });
  }

  async #renew(id: string): Promise<void> {
    await this.#call({ method: 'POST', path: `${leasePath(id)}/renewals`, lease: id });
  }

  async #revoke(id: string): Promise<void> {
    await this.#call({ method: 'DELETE', path: leasePath(id), lease: id });
  }

  async #call<T>({ method, path, body, lease, signal }: Call, patience = this.#callMs): Promise<T> {
    if (this.#closed.signal.aborted) throw new StoreClosedError();
    const { url } = this.#options;
    const ends = [this.#closed.signal, AbortSignal.timeout(patience), ...(signal ? [signal] : [])];
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: this.#headers,
        signal: AbortSignal.any(ends),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw await responseError(url, response, lease);
      return await answerOf<T>(url, response);
    } catch (error) {
      signal?.throwIfAborted();
      if (this.#closed.signal.aborted) throw new StoreClosedError();
      throw requestError(url, error);
    }
  }

  get #headers(): Record<string, string> {
    const { token } = this.#options;
    return {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
  }

  /** One watch on one connection; it ends with an error. */
  async *#session(
    prefix: string,
    after: number,
    ended: AbortSignal,
    opened: () => void,
  ): AsyncGenerator<Batch, void, undefined> {
    const { url } = this.#options;
    const cut = new AbortController();
    const signal = AbortSignal.any([ended, cut.signal]);
    const query = new URLSearchParams({ prefix, after: String(after) });
    const pieces = this.#pieces(`${url}/v1/store/changes?${query.toString()}`, signal, opened);
    const events = new EventStream();
    try {
      for await (const piece of withTicks(pieces, this.#silenceMs)) {
        if (piece === TICK) throw new StoreUnavailableError(`${url} was silent for ${this.#silenceMs} ms`);
        for (const event of events.push(piece)) yield batchOf(event, after);
      }
      throw new StoreUnavailableError(`${url} ended the watch`);
    } catch (error) {
      throw requestError(url, error);
    } finally {
      cut.abort();
    }
  }

  /** The text of a watch as it comes. */
  async *#pieces(path: string, signal: AbortSignal, opened: () => void): AsyncGenerator<string> {
    const { url } = this.#options;
    const response = await fetch(path, { headers: this.#headers, signal });
    if (!response.ok) throw await responseError(url, response);
    if (response.body === null || !isType(response, 'text/event-stream')) throw foreignError(url);
    opened();
    yield* response.body.pipeThrough(new TextDecoderStream());
  }
}

/** @throws {CompactedError} when that is what the event says */
function batchOf({ event, data }: StreamEvent, after: number): Batch {
  if (event === 'compacted') throw new CompactedError(after);
  return JSON.parse(data) as Batch;
}

async function answerOf<T>(url: string, response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  if (!isType(response, 'application/json')) throw foreignError(url);
  return (await response.json()) as T;
}

function isType(response: Response, type: string): boolean {
  return response.headers.get('content-type')?.startsWith(type) ?? false;
}

function leasePath(id: string): string {
  return `/v1/store/leases/${encodeURIComponent(id)}`;
}
