import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

/** Stands before a real Engine and says that it knows no newer API than a given one; all the rest passes through. */
export class OlderEngine {
  readonly socket: string;
  readonly #server: Server;
  /** The paths that were asked for. */
  readonly paths: string[] = [];
  /** The status codes of the real one's answers. */
  readonly statuses: number[] = [];

  private constructor(real: string, socket: string, version: string) {
    this.socket = socket;
    this.#server = createServer((asked, answer) => {
      this.paths.push(asked.url ?? '');
      if (asked.url === '/version') answer.end(JSON.stringify({ ApiVersion: version }));
      else pass(real, asked, answer, (status) => this.statuses.push(status));
    });
  }

  static async start(real: string, socket: string, version: string): Promise<OlderEngine> {
    const older = new OlderEngine(real, socket, version);
    older.#server.listen(socket);
    await once(older.#server, 'listening');
    return older;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function pass(
  socketPath: string,
  { method, url, headers }: IncomingMessage,
  answer: ServerResponse,
  answered: (status: number) => void,
): void {
  const onward = request({ socketPath, method, path: url, headers }, (real) => {
    const { statusCode = 500 } = real;
    answered(statusCode);
    answer.writeHead(statusCode, real.headers).flushHeaders();
    real.pipe(answer);
  });
  answer.once('close', () => onward.destroy());
  onward.on('error', () => answer.destroy());
  onward.end();
}
