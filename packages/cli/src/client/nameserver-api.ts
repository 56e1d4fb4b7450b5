import { EventStream, type StreamEvent, TICK, withTicks } from '@callsign/catalog';
import {
  CallsignError,
  describe,
  formatSocketAddress,
  list,
  optional,
  type SocketAddress,
  socketAddress,
  type ValuesOf,
} from '@callsign/daemon';
import type { Host } from '../command/host.ts';
import { reachable } from '../command/reachable.ts';
import { readToken } from '../command/token.ts';

const TIMEOUT_MS = 10_000;
const SILENCE_MS = 40_000;
/** Where the nameserver of the README's two containers is. */
const EXAMPLE = '--http 172.17.0.1:8080, for example';

/** Where the nameserver's REST API is: that of the daemon by itself, or else that of `callsign up`. */
export const REST_OPTIONS = {
  http: list({
    flag: 'http',
    value: 'ADDRESS:PORT',
    fallback: [':8080', '127.0.0.1:8053'],
    text: 'where the nameserver serves REST; may be repeated, the first that answers is asked',
    parse: socketAddress(),
  }),
};

export const TOKEN_OPTION = {
  tokenFile: optional({
    flag: 'token-file',
    value: 'FILE',
    text: "a file with the nameserver's bearer token, where it wants one",
    parse: String,
  }),
};

export interface ApiReply<T> {
  readonly status: number;
  readonly body: T;
}

/** Of a problem document (RFC 9457). */
interface Problem {
  readonly title?: string;
  readonly detail?: string;
}

type Query = Readonly<Record<string, string | number | undefined>>;

interface Access extends ValuesOf<typeof REST_OPTIONS> {
  readonly tokenFile?: string | undefined;
}

/** The nameserver's REST API (docs/rest.md), as the client tools call it. */
export class NameserverApi {
  readonly #addresses: readonly SocketAddress[];
  readonly #token: string | undefined;
  readonly #signal: AbortSignal;

  /** @throws {CallsignError} when the token cannot be read */
  constructor(host: Host, { http, tokenFile }: Access) {
    this.#addresses = http.map(reachable);
    this.#token = readToken(host, tokenFile).token;
    this.#signal = host.stop;
  }

  /** @throws {CallsignError} when it refuses, and when nobody answers */
  async get<T>(path: string, query: Query = {}): Promise<T> {
    return (await this.#call<T>('GET', withQuery(path, query))).body;
  }

  put<T>(path: string, body: object): Promise<ApiReply<T>> {
    return this.#call<T>('PUT', path, body);
  }

  async delete(path: string): Promise<void> {
    await this.#call('DELETE', path);
  }

  /**
   * Server-sent events as they come, until the stream ends. A nameserver sends a comment every 15 seconds: who is silent
   * for longer is gone.
   * @throws {CallsignError} when it refuses, when nobody answers, and when the stream is cut
   */
  async *events(path: string, query: Query = {}): AsyncGenerator<StreamEvent, void> {
    const cut = new AbortController();
    const signal = AbortSignal.any([this.#signal, cut.signal]);
    const { response, url } = await this.#reach(withQuery(path, query), { signal });
    if (!response.ok || response.body === null) throw await refusal(response);
    const events = new EventStream();
    try {
      for await (const piece of withTicks(response.body.pipeThrough(new TextDecoderStream()), SILENCE_MS)) {
        if (piece === TICK) throw silence([`${url} has fallen silent`]);
        yield* events.push(piece);
      }
    } catch (error) {
      throw error instanceof CallsignError ? error : silence([`${url} has ended: ${describe(error)}`]);
    } finally {
      cut.abort();
    }
  }

  async #call<T>(method: string, path: string, body?: object): Promise<ApiReply<T>> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const { response } = await this.#reach(path, {
      method,
      signal,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw await refusal(response);
    return { status: response.status, body: await parsed<T>(response) };
  }

  /** The first address at which somebody answers. */
  async #reach(
    path: string,
    init: RequestInit,
  ): Promise<{ readonly response: Response; readonly url: string }> {
    const headers = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const silent: string[] = [];
    for (const address of this.#addresses) {
      const origin = `http://${formatSocketAddress(address)}`;
      const url = `${origin}${path}`;
      try {
        return { response: await fetch(url, { ...init, headers }), url };
      } catch (error) {
        this.#signal.throwIfAborted();
        silent.push(`no answer from ${origin}: ${describe((error as Error).cause ?? error)}`);
      }
    }
    throw silence(silent);
  }
}

function withQuery(path: string, query: Query): string {
  const told = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) told.set(name, String(value));
  return told.size === 0 ? path : `${path}?${told}`;
}

function silence(reasons: readonly string[]): CallsignError {
  const cure = `Start a nameserver ("callsign up"), or say where its REST API is: ${EXAMPLE}`;
  return new CallsignError('SERVER_UNREACHABLE', reasons.join('; '), { cure, retryable: true });
}

/** What a nameserver answers that cannot do what was asked: the sentence is its own. */
async function refusal(response: Response): Promise<CallsignError> {
  const { title, detail = response.statusText } = await parsed<Problem>(response);
  // A registrar has paths as well, but none of those that are asked for here.
  if (title === 'NO_SUCH_PATH') return stranger(response);
  if (response.status !== 401) return new CallsignError('SERVER_REFUSED', detail);
  return new CallsignError('SERVER_DENIED', detail, { cure: 'Name a file with its token by --token-file' });
}

/** Whatever else listens there speaks another language. */
async function parsed<T>(response: Response): Promise<T> {
  const text = await response.text();
  try {
    return (text === '' ? {} : JSON.parse(text)) as T;
  } catch {
    throw stranger(response);
  }
}

function stranger({ url }: Response): CallsignError {
  const { origin } = new URL(url);
  const cure = `Say where the nameserver's REST API is: ${EXAMPLE}`;
  return new CallsignError('SERVER_FOREIGN', `what answers at ${origin} is no nameserver of Callsign`, {
    cure,
  });
}
