import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

/** What the double answers a path with; the default is what a healthy Engine says. */
export type Answers = Readonly<Record<string, (response: ServerResponse) => void>>;

/** A double of the Engine's HTTP API, for what a real one does only when it is ill. */
export class HttpDouble {
  readonly #server: Server;
  /** The requests that came, as `GET /path`. */
  readonly requests: string[] = [];
  answers: Answers = {};

  private constructor(tls: ServerOptions | undefined) {
    const answer: RequestListener = ({ method, url = '' }, response) => {
      this.requests.push(`${method} ${url}`);
      const path = url.split('?')[0] ?? '';
      const found = Object.entries(this.answers).find(([end]) => path.endsWith(end));
      if (found !== undefined) found[1](response);
      else healthy(path, response);
    };
    this.#server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  }

  /** Listens on a socket's path, or on 127.0.0.1. */
  static async start(where: string | undefined, tls?: ServerOptions): Promise<HttpDouble> {
    const double = new HttpDouble(tls);
    if (where === undefined) double.#server.listen(0, '127.0.0.1');
    else double.#server.listen(where);
    await once(double.#server, 'listening');
    return double;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function healthy(path: string, response: ServerResponse): void {
  if (path.endsWith('/events')) {
    response.flushHeaders();
    return;
  }
  response.setHeader('content-type', 'application/json');
  response.end(path.endsWith('/containers/json') ? '[{"Id":"abc"}]' : '{"Id":"abc"}');
}
