import type { Server } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import type { Express, Request, Response } from 'express';
import { type Body, gzipHeaders, gzipped, isCompressible } from './compression.ts';
import { CallsignError, describe } from './errors.ts';
import type { Part } from './lifecycle.ts';
import type { Log } from './log.ts';
import type { ListenAt, SocketAddress } from './options.ts';
import { plainAddress } from './plain-address.ts';

/** What a handler sees of a request: plain values, nothing of the HTTP library. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as it came, at most `bodyLimit` bytes. */
  readonly body: string;
  /** The client's address, of IPv4 where it is one. */
  readonly peer: string;
  /** Fires when the client has gone. */
  readonly signal: AbortSignal;
}

export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Pieces are sent one by one until they end or the client goes. */
  readonly body?: Body;
}

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** Express 5 path syntax: `/v1/services/:id`. */
  readonly path: string;
  readonly handle: (request: HttpRequest) => HttpReply | Promise<HttpReply>;
}

/** A refusal that a client reads; becomes an RFC 9457 problem document. */
export class HttpError extends CallsignError {
  readonly status: number;
  readonly problems: readonly FieldProblem[];
  /** What the status asks for besides, as 401 does for a challenge (RFC 9110, 15.5.2). */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    { problems = [], headers = {} }: Partial<Pick<HttpError, 'problems' | 'headers'>> = {},
  ) {
    super(code, message);
    this.status = status;
    this.problems = problems;
    this.headers = headers;
  }
}

/** One thing that is wrong with one field of a body. */
export interface FieldProblem {
  readonly field: string;
  readonly detail: string;
}

export interface HttpServerOptions {
  readonly listen: readonly ListenAt[];
  readonly routes: readonly Route[];
  readonly log: Log;
  /** The largest body taken, in bytes. */
  readonly bodyLimit?: number;
  /** Runs before every route; throws an HttpError to refuse. */
  readonly guard?: (request: HttpRequest) => void;
  /** Milliseconds that requests have to be answered in which are under way when the server is closed. */
  readonly graceMs?: number;
}

const GRACE_MS = 2_000;

/** The HTTP side of a daemon. The only file that knows express. */
export class HttpServer implements Part {
  readonly name = 'http';
  readonly #options: HttpServerOptions;
  readonly #servers: Server[] = [];
  readonly #closing = new AbortController();

  constructor(options: HttpServerOptions) {
    this.#options = options;
  }

  /** Where it listens, once started. */
  get addresses(): readonly SocketAddress[] {
    return this.#servers.map((server) => {
      const { address, port } = server.address() as AddressInfo;
      return { host: address, port };
    });
  }

  async start(): Promise<void> {
    const app = await this.#application();
    for (const at of this.#options.listen) this.#servers.push(await listening(app, at));
  }

  /** Answers what is under way, and ends the streams of events, which would go on for ever. */
  async close(): Promise<void> {
    const { graceMs = GRACE_MS } = this.#options;
    this.#closing.abort();
    await Promise.all(this.#servers.map((server) => closed(server, graceMs)));
  }

  /** Loaded when there is something to serve: the tools of the command line only ask. */
  async #application(): Promise<Express> {
    const { default: express } = await import('express');
    const { routes, bodyLimit = 1 << 20 } = this.#options;
    const app = express();
    app.disable('x-powered-by');
    app.disable('etag');
    app.enable('strict routing');
    app.enable('case sensitive routing');
    app.use(express.text({ type: () => true, limit: bodyLimit }));
    for (const route of routes) {
      const method = route.method.toLowerCase() as Lowercase<Route['method']>;
      app[method](route.path, (request, response) => this.#serve(route, request, response));
    }
    app.use((request: Request, response: Response) => send(response, notRouted(request, routes)));
    app.use((error: unknown, request: Request, response: Response, _next: unknown) =>
      this.#refuse(error, request, response),
    );
    return app;
  }

  async #serve(route: Route, request: Request, response: Response): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    // Who is closing waits for no second request of a connection.
    response.once('finish', () => this.#closing.signal.aborted && request.socket.destroySoon());
    const seen = requestOf(request, gone.signal);
    this.#options.guard?.(seen);
    const reply = await route.handle(seen);
    if (isEventStream(reply)) onAbort(this.#closing.signal, response, () => response.end());
    await send(response, reply);
  }

  async #refuse(error: unknown, request: Request, response: Response): Promise<void> {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const status = statusOf(error);
    if (status >= 500) {
      this.#options.log.error('a request failed', { path: request.path, error: describe(error) });
    }
    await send(response, problem(status, error));
  }
}

/** The body as JSON. @throws {HttpError} 400 when it is not */
export function jsonBody(request: HttpRequest): unknown {
  try {
    return JSON.parse(request.body);
  } catch (error) {
    throw new HttpError(400, 'BODY_NOT_JSON', `the body is not JSON: ${describe(error)}`);
  }
}

export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return jsonText(status, `${JSON.stringify(value)}\n`, headers);
}

/** The same for what is JSON already. */
export function jsonText(
  status: number,
  body: Body,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}

function problem(status: number, error: unknown): HttpReply {
  const code = error instanceof CallsignError ? error.code : status >= 500 ? 'INTERNAL' : 'REQUEST_INVALID';
  const detail = status >= 500 && !(error instanceof CallsignError) ? 'internal error' : describe(error);
  const errors = error instanceof HttpError && error.problems.length > 0 ? { errors: error.problems } : {};
  const document = { type: `urn:callsign:error:${code}`, title: code, status, detail, ...errors };
  const headers = error instanceof HttpError ? error.headers : {};
  return json(status, document, { ...headers, 'content-type': 'application/problem+json' });
}

function statusOf(error: unknown): number {
  if (error instanceof HttpError) return error.status;
  if (error instanceof CallsignError && error.retryable) return 503;
  const status = (error as { readonly status?: unknown }).status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

function notRouted({ method, path }: Request, routes: readonly Route[]): HttpReply {
  const there = routes.filter((route) => matches(route.path, path));
  if (there.length === 0) {
    return problem(404, new HttpError(404, 'NO_SUCH_PATH', `there is nothing at ${path}`));
  }
  const allow = new Set(there.flatMap((route) => (route.method === 'GET' ? ['GET', 'HEAD'] : route.method)));
  const headers = { allow: [...allow].join(', ') };
  const refused = new HttpError(405, 'METHOD_NOT_ALLOWED', `${method} is not possible at ${path}`, {
    headers,
  });
  return problem(405, refused);
}

function matches(pattern: string, path: string): boolean {
  const want = pattern.split('/');
  const have = path.split('/');
  const fits = (part: string, at: number) => (part.startsWith(':') ? have[at] !== '' : part === have[at]);
  return want.length === have.length && want.every(fits);
}

function requestOf(request: Request, signal: AbortSignal): HttpRequest {
  return {
    method: request.method,
    path: request.path,
    params: request.params as Record<string, string>,
    query: queryOf(request.originalUrl),
    headers: request.headers as Record<string, string | undefined>,
    body: typeof request.body === 'string' ? request.body : '',
    peer: plainAddress(request.socket.remoteAddress ?? ''),
    signal,
  };
}

/** Whatever the target's form is (RFC 9112, 3.2): an absolute one may have a host that is no host. */
function queryOf(target: string): URLSearchParams {
  const from = target.indexOf('?');
  return new URLSearchParams(from < 0 ? '' : target.slice(from));
}

async function send(response: Response, reply: HttpReply): Promise<void> {
  const { status, headers, body } = encoded(reply, response.req);
  response.statusCode = status;
  response.setHeaders(new Map(Object.entries(headers)));
  if (typeof body === 'string') {
    response.end(body);
    return;
  }
  // Some bodies never end, and nobody would read them (RFC 9110, 9.3.2).
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  response.flushHeaders();
  for await (const piece of body) {
    if (response.destroyed || response.writableEnded) break;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

/** A reply in the form that its client likes best. */
function encoded({ status, headers = {}, body = '' }: HttpReply, request: Request) {
  if (!isCompressible(headers['content-type'], body)) return { status, headers, body };
  const varied = { ...headers, vary: [headers.vary, 'accept-encoding'].filter(Boolean).join(', ') };
  const compressed = request.acceptsEncodings('gzip', 'identity') === 'gzip';
  if (!compressed) return { status, headers: varied, body };
  return { status, headers: gzipHeaders(varied), body: gzipped(body) };
}

/** A client that reads slowly is waited for, so that what it has not read yet does not pile up here. */
async function drained(response: Response): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const event of ['drain', 'close'] as const) response.once(event, resolve);
  await promise;
  for (const event of ['drain', 'close'] as const) response.off(event, resolve);
}

async function listening(app: Express, at: ListenAt): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const server = app.listen(listenOptions(at));
  server.once('listening', resolve);
  server.once('error', reject);
  try {
    await promise;
  } catch (error) {
    throw listenError('HTTP', '--http', at, error);
  }
  // What befalls one connection while it is accepted must not end the service for all.
  return server.off('error', reject).on('error', () => undefined);
}

/** How a server of `node:net` is told where to listen; without a host it is at every address. */
export function listenOptions({ host, port, fd }: ListenAt): ListenOptions | { readonly fd: number } {
  if (fd !== undefined) return { fd };
  return host === '' ? { port } : { host, port };
}

/** Translates what the operating system says when a socket cannot be bound, for DNS and HTTP alike. */
export function listenError(what: string, flag: string, at: SocketAddress, cause: unknown): CallsignError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const where = `${at.host || '*'} port ${at.port}`;
  const cures: Readonly<Record<string, string>> = {
    EADDRINUSE: `Another program listens there: find it with "ss -lunpt", stop it, or choose another address with ${flag}`,
    EACCES: `Ports below 1024 need root or CAP_NET_BIND_SERVICE; or choose a higher one with ${flag}`,
    EADDRNOTAVAIL: `This machine has no such address: see "ip address", or choose another with ${flag}`,
  };
  const cure = cures[code];
  const details = cure === undefined ? { cause } : { cause, cure };
  return new CallsignError('LISTEN_FAILED', `cannot listen for ${what} on ${where}`, details);
}

function isEventStream({ headers = {} }: HttpReply): boolean {
  return headers['content-type']?.startsWith('text/event-stream') ?? false;
}

/** Does something when the signal fires, or has fired, before the response is closed. */
function onAbort(signal: AbortSignal, response: Response, act: () => void): void {
  if (signal.aborted) act();
  signal.addEventListener('abort', act);
  response.once('close', () => signal.removeEventListener('abort', act));
}

async function closed(server: Server, graceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  const late = setTimeout(() => server.closeAllConnections(), graceMs);
  await promise;
  clearTimeout(late);
}
