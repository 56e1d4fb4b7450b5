import { EmbeddedStore, type Store } from '@callsign/catalog';
import { type Clock, formatSocketAddress, silentLog, systemClock } from '@callsign/daemon';
import { Metrics } from '@callsign/daemon/metrics';
import { parseNetwork } from '@callsign/dns';
import { Nameserver, type NameserverOptions } from '@callsign/nameserver';
import { eventually } from '../../../../test/support/wait.ts';
import { checkSpoken, type Spoken } from './openapi.ts';

export interface Running extends AsyncDisposable {
  readonly nameserver: Nameserver;
  readonly store: Store;
  readonly metrics: Metrics;
  /** Of the API's URLs. */
  readonly origin: string;
  /** Sends a request to the API; a body that is no string goes as JSON. */
  readonly request: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Reply>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came back
  readonly json: any;
}

/** A real nameserver on loopback over a store in memory. */
export async function running(
  options: Partial<NameserverOptions> = {},
  clock: Clock = systemClock,
): Promise<Running> {
  const store = await EmbeddedStore.open({});
  const metrics = new Metrics();
  const loopback = [{ host: '127.0.0.1', port: 0 }];
  const all = {
    domains: ['docker.'],
    dns: loopback,
    http: loopback,
    upstreams: [],
    ttl: 30,
    negativeTtl: 5,
    forwardCache: 1 << 20,
    serveStale: 0,
    stubs: [],
    allowWrite: [parseNetwork('127.0.0.1')],
    // Hundreds of nameservers share a test's process: with as much as usual, their memory comes to more than the machine's.
    answerBytes: 1 << 20,
    ...options,
  };
  const nameserver = new Nameserver(all, { store, log: silentLog, metrics, clock });
  await nameserver.start(new AbortController().signal);
  await eventually(() => {
    if (nameserver.unready !== undefined) throw new Error(nameserver.unready);
  });
  const origin = `http://${formatSocketAddress(nameserver.httpAddresses[0] ?? { host: '', port: 0 })}`;
  return {
    nameserver,
    store,
    metrics,
    origin,
    request: async (method, path, body, headers = {}) => {
      const reply = await send(`${origin}${path}`, method, body, headers);
      checkReply(reply, { dialects: all, method, path, body });
      return reply;
    },
    [Symbol.asyncDispose]: async () => {
      await nameserver.close();
      await store.close();
    },
  };
}

/** Every request of the suite, and its answer, has to be as the API's own document says. */
function checkReply(reply: Reply, request: Pick<Spoken, 'dialects' | 'method' | 'path' | 'body'>): void {
  const { status, json: answer, headers } = reply;
  const body = typeof request.body === 'string' ? parsed(request.body) : request.body;
  checkSpoken({ ...request, body, status, type: headers.get('content-type'), answer });
}

async function send(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Reply> {
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, { method, headers, ...(body !== undefined && { body: content }) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
