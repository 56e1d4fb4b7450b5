import { type Clock, systemClock } from '@callsign/daemon';
import { EventStream, type StreamEvent } from './http/event-stream.ts';
import { foreignError, requestError, responseError } from './http/http-error.ts';
import { inPages } from './in-pages.ts';
import { keepLease } from './kept-lease.ts';
import { resumed, type Told } from './resumed.ts';
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
  /** After how much silence a call has failed, in milliseconds. */
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
  /** What a nameserver answers with, JSON if not said; anything else is a stranger's. */
  readonly type?: string;
}

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
      renew: (id, withinMs) => this.#renew(id, withinMs),
      revoke: (id) => this.#revoke(id),
    };
  }

  async list(prefix: string, signal?: AbortSignal): Promise<Listing> {
    const path = `/v1/store/entries?${new URLSearchParams({ prefix }).toString()}`;
    const call = { method: 'GET', path, ...(signal && { signal }) } as const;
    return await this.#fetched<Listing>(call, 'entries');
  }

  async *pages(prefix: string, signal?: AbortSignal): AsyncGenerator<Listing, void, undefined> {
    const { revision, entries } = await this.list(prefix, signal);
    for await (const page of inPages(entries)) yield { revision, entries: page };
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
    const { revision } = await this.#fetched<{ readonly revision: number }>(call, 'revision');
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
    return await this.#fetched<GrantedLease>(call, 'id');
  }

  /** A connection may have died without a word: half of what is left is kept for a try by another one. */
  async #renew(id: string, withinMs = Number.POSITIVE_INFINITY): Promise<void> {
    const call = { method: 'POST', path: `${leasePath(id)}/renewals`, lease: id } as const;
    await this.#call(call, Math.min(this.#callMs, withinMs / 2));
  }

  async #revoke(id: string): Promise<void> {
    await this.#call({ method: 'DELETE', path: leasePath(id), lease: id });
  }

  /** The answer to a call, by one field of it: whoever else serves JSON has none of that name. */
  async #fetched<T>(call: Call, field: keyof T & string): Promise<T> {
    const answer = await this.#call(call);
    if (typeof answer === 'object' && answer !== null && field in answer) return answer as T;
    throw foreignError(this.#options.url);
  }

  async #call(call: Call, silenceMs = this.#callMs): Promise<unknown> {
    if (this.#closed.signal.aborted) throw new StoreClosedError();
    let text = '';
    for await (const piece of this.#spoken(call, silenceMs)) text += piece;
    return text === '' ? undefined : parsed(this.#options.url, text);
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
    signal: AbortSignal,
    opened: () => void,
  ): AsyncGenerator<Told, void, undefined> {
    const query = new URLSearchParams({ prefix, after: String(after) });
    const path = `/v1/store/changes?${query.toString()}`;
    const call = { method: 'GET', path, signal, type: 'text/event-stream' } as const;
    const events = new EventStream();
    for await (const piece of this.#spoken(call, this.#silenceMs)) {
      opened();
      for (const event of events.push(piece)) if (event.data !== '') yield this.#told(event, after);
    }
    throw new StoreUnavailableError(`${this.#options.url} ended the watch`);
  }

  /** @throws {CompactedError} when that is what the event says */
  #told({ event, data }: StreamEvent, after: number): Told {
    if (event === 'compacted') throw new CompactedError(after);
    return { batch: parsed(this.#options.url, data) as Batch, mark: data };
  }

  /** The text of an answer as it comes. An answer may take any time, but not fall silent. */
  async *#spoken(call: Call, silenceMs: number): AsyncGenerator<string, void, undefined> {
    const { url } = this.#options;
    const cut = new AbortController();
    const signals = [cut.signal, this.#closed.signal, ...(call.signal ? [call.signal] : [])];
    try {
      for await (const piece of withTicks(this.#pieces(call, AbortSignal.any(signals)), silenceMs)) {
        if (piece === TICK) throw new StoreUnavailableError(`${url} was silent for ${silenceMs} ms`);
        yield piece;
      }
    } catch (error) {
      call.signal?.throwIfAborted();
      if (this.#closed.signal.aborted) throw new StoreClosedError();
      throw requestError(url, error);
    } finally {
      cut.abort('read to the end'); // a reason of our own: the usual one is an error with a costly stack
    }
  }

  async *#pieces(call: Call, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const { method, path, body, lease, type = 'application/json' } = call;
    const { url } = this.#options;
    const response = await fetch(`${url}${path}`, {
      method,
      signal,
      headers: this.#headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw await responseError(url, response, lease);
    if (response.body === null || response.status === 204) return;
    if (!response.headers.get('content-type')?.startsWith(type)) throw foreignError(url);
    yield* response.body.pipeThrough(new TextDecoderStream());
  }
}

function parsed(url: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw foreignError(url);
  }
}

function leasePath(id: string): string {
  return `/v1/store/leases/${encodeURIComponent(id)}`;
}
