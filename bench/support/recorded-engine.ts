import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/**
 * A double of the Docker Engine's API with as many running containers as one likes, for what a real Engine on one
 * machine cannot hold. It lists, inspects, and keeps the event stream open without a word.
 */
export class RecordedEngine {
  readonly socket: string;
  readonly #server: Server;
  readonly #containers: ReadonlyMap<string, object>;

  private constructor(socket: string, count: number) {
    this.socket = socket;
    this.#containers = new Map(
      Array.from({ length: count }, (_, at) => container(at)).map((one) => [one.Id, one]),
    );
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(socket: string, count: number): Promise<RecordedEngine> {
    const engine = new RecordedEngine(socket, count);
    const { promise, resolve } = Promise.withResolvers<void>();
    engine.#server.listen(socket, resolve);
    await promise;
    return engine;
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  #answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const path = url.replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '');
    const one = /^\/containers\/([0-9a-f]+)\/json$/.exec(path)?.[1];
    if (path === '/events') response.writeHead(200).flushHeaders();
    else if (path === '/_ping') response.end('OK');
    else if (path === '/containers/json')
      send(
        response,
        [...this.#containers.keys()].map((Id) => ({ Id })),
      );
    else if (one !== undefined && this.#containers.has(one)) send(response, this.#containers.get(one));
    else response.writeHead(404).end('{"message":"no such container"}');
  }
}

function send(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** An inspect document of the usual size: what a container of an ordinary service shows. */
function container(at: number) {
  const address = `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`;
  return {
    Id: randomBytes(32).toString('hex'),
    Name: `/web${at}`,
    Image: `sha256:${'0'.repeat(64)}`,
    State: { Status: 'running', Running: true, Paused: false, Restarting: false, Dead: false, Pid: 4711 },
    Config: {
      Hostname: `web${at}`,
      Image: `registry.example.org:5000/shop/web-${at % 100}:1.${at % 10}`,
      Env: Array.from({ length: 40 }, (_, n) => `SETTING_${n}=${'value '.repeat(20)}`),
      Labels: Object.fromEntries(
        Array.from({ length: 20 }, (_, n) => [`org.example.label.${n}`, 'x'.repeat(60)]),
      ),
    },
    NetworkSettings: {
      IPAddress: address,
      Ports: { '80/tcp': null },
      Networks: { bridge: { IPAddress: address, GlobalIPv6Address: '' } },
    },
  };
}
