import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express, Request, Response } from 'express';
import { CallsignError, describe } from '../errors.ts';
import type { Part } from '../lifecycle.ts';
import { listenError, listenOptions } from '../listen.ts';
import { type Log, Once } from '../log.ts';
import { plainAddress } from '../plain-address.ts';
import type { ListenAt, SocketAddress } from '../socket-address.ts';
import { represented } from './compression.ts';
import type { HttpReply, HttpRequest, Route } from './message.ts';
import { notRouted } from './not-routed.ts';
import { problem, statusOf } from './problem.ts';
import { send } from './send.ts';

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
  readonly #once = new Once();

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
    app.use((request: Request, response: Response) => reply(response, notRouted(request, routes)));
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
    const answer = await route.handle(seen);
    this.#once.forget(callOf(request));
    if (isEventStream(answer)) onAbort(this.#closing.signal, response, () => response.end());
    await reply(response, answer);
  }

  async #refuse(error: unknown, request: Request, response: Response): Promise<void> {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (statusOf(error) >= 500) this.#tell(request, error);
    await reply(response, problem(error));
  }

  /** What is known to pass is said once for each route until it has, not with every request. */
  #tell(request: Request, error: unknown): void {
    if (error instanceof CallsignError && !this.#once.first(callOf(request), error.code)) return;
    this.#options.log.error('a request failed', { path: request.path, error: describe(error) });
  }
}

/** A request without what tells it from others for the same. */
function callOf({ method, path, route }: Request): string {
  return `${method} ${route?.path ?? path}`;
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

/** Sends a reply in the form that its client likes best. */
async function reply(response: Response, answer: HttpReply): Promise<void> {
  const acceptsGzip = () => response.req.acceptsEncodings('gzip', 'identity') === 'gzip';
  await send(response, represented(answer, acceptsGzip));
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
