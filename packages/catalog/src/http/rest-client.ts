import { StoreClosedError, StoreUnavailableError } from '../store.ts';
import { TICK, withTicks } from '../ticks.ts';
import { foreignError, requestError, responseError } from './http-error.ts';

/** One request. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly lease?: string;
  readonly signal?: AbortSignal;
  /** What a nameserver answers with, JSON if not said; anything else is a stranger's. */
  readonly type?: string;
}

export interface RestClientOptions {
  /** Of the nameserver, without a slash at its end. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** After how much silence a call has failed, in milliseconds. */
  readonly callMs: number;
  /** Ends every call. */
  readonly closed: AbortSignal;
}

/** Calls a nameserver's REST API; its refusals and failures become the store's errors. */
export class RestClient {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #callMs: number;
  readonly #closed: AbortSignal;

  constructor({ url, token, callMs, closed }: RestClientOptions) {
    this.#url = url;
    this.#token = token;
    this.#callMs = callMs;
    this.#closed = closed;
  }

  /** The answer to a call, by one field of it: whoever else serves JSON has none of that name. */
  async fetched<T>(call: Call, field: keyof T & string): Promise<T> {
    const answer = await this.call(call);
    if (typeof answer === 'object' && answer !== null && field in answer) return answer as T;
    throw foreignError(this.#url);
  }

  /** @returns what the answer's JSON says; undefined without one */
  async call(call: Call, silenceMs = this.#callMs): Promise<unknown> {
    if (this.#closed.aborted) throw new StoreClosedError();
    let text = '';
    for await (const piece of this.text(call, silenceMs)) text += piece;
    return text === '' ? undefined : jsonFrom(this.#url, text);
  }

  get #headers(): Record<string, string> {
    const token = this.#token;
    return {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
  }

  /** The text of an answer as it comes. An answer may take any time, but not fall silent. */
  async *text(call: Call, silenceMs: number): AsyncGenerator<string, void, undefined> {
    const url = this.#url;
    const cut = new AbortController();
    const signals = [cut.signal, this.#closed, ...(call.signal ? [call.signal] : [])];
    try {
      for await (const piece of withTicks(this.#pieces(call, AbortSignal.any(signals)), silenceMs)) {
        if (piece === TICK) throw new StoreUnavailableError(`${url} was silent for ${silenceMs} ms`);
        yield piece;
      }
    } catch (error) {
      call.signal?.throwIfAborted();
      if (this.#closed.aborted) throw new StoreClosedError();
      throw requestError(url, error);
    } finally {
      cut.abort('read to the end'); // a reason of our own: the usual one is an error with a costly stack
    }
  }

  async *#pieces(call: Call, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const { method, path, body, lease, type = 'application/json' } = call;
    const url = this.#url;
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

/** What a nameserver at this URL wrote as JSON. @throws {StoreRefusedError} when it is none: somebody else answers there */
export function jsonFrom(url: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw foreignError(url);
  }
}
