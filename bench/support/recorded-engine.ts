import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** One container, as the answers that the Engine has for it. */
interface Recording {
  readonly id: string;
  readonly inspected: Buffer;
  readonly listed: string;
}

/**
 * A double of the Docker Engine's API with as many running containers as one likes, for what a real Engine on one
 * machine cannot hold: it lists, inspects, and tells of starts and ends.
 */
export class RecordedEngine {
  readonly socket: string;
  readonly #server: Server;
  readonly #running = new Map<string, Recording>();
  readonly #streams = new Set<ServerResponse>();
  #made = 0;

  private constructor(socket: string) {
    this.socket = socket;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(socket: string, count: number): Promise<RecordedEngine> {
    const engine = new RecordedEngine(socket);
    for (let at = 0; at < count; at += 1) engine.run();
    engine.#server.listen(socket);
    await once(engine.#server, 'listening');
    return engine;
  }

  get ids(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** Starts one more container. */
  run(): string {
    const recording = record(this.#made++);
    this.#running.set(recording.id, recording);
    this.#tell(recording.id, 'start');
    return recording.id;
  }

  end(id: string): void {
    this.#running.delete(id);
    this.#tell(id, 'die');
    this.#tell(id, 'destroy');
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #tell(id: string, action: string): void {
    const event = JSON.stringify({ Type: 'container', Action: action, Actor: { ID: id, Attributes: {} } });
    for (const stream of this.#streams) stream.write(`${event}\n`);
  }

  #answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const path = url.replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '');
    const one = this.#running.get(/^\/containers\/([0-9a-f]+)\/json$/.exec(path)?.[1] ?? '');
    if (path === '/events') this.#stream(response);
    else if (path === '/_ping') response.end('OK');
    else if (path === '/version') send(response, '{"ApiVersion":"1.41","MinAPIVersion":"1.12"}');
    else if (path === '/containers/json') send(response, this.#list());
    else if (one !== undefined) send(response, one.inspected);
    else response.writeHead(404).end('{"message":"no such container"}');
  }

  #list(): string {
    return `[${[...this.#running.values()].map(({ listed }) => listed).join()}]`;
  }

  #stream(response: ServerResponse): void {
    this.#streams.add(response);
    response.once('close', () => this.#streams.delete(response));
    response.writeHead(200).flushHeaders();
  }
}

function send(response: ServerResponse, body: string | Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
}

/** What a container of an ordinary service shows: some 10 KB when it is inspected, 2 KB in the list of all. */
function record(at: number): Recording {
  const id = randomBytes(32).toString('hex');
  const inspected = Buffer.from(JSON.stringify(inspectDocument(id, at)));
  return { id, inspected, listed: JSON.stringify(listDocument(id, at)) };
}

function listDocument(Id: string, at: number) {
  return {
    Id,
    Names: [`/web${at}`],
    Image: imageOf(at),
    ImageID: `sha256:${'0'.repeat(64)}`,
    Command: 'node server.js',
    Created: 1_600_000_000,
    Ports: [{ PrivatePort: 80, Type: 'tcp' }],
    Labels: LABELS,
    State: 'running',
    Status: 'Up 3 days',
    HostConfig: { NetworkMode: 'default' },
    NetworkSettings: networksOf(at),
  };
}

/** The answer to `GET /containers/ID/json` for the container with this number. */
export function inspectDocument(Id: string, at: number) {
  const networks = networksOf(at);
  return {
    Id,
    Name: `/web${at}`,
    Image: `sha256:${'0'.repeat(64)}`,
    State: { Status: 'running', Running: true, Paused: false, Restarting: false, Dead: false, Pid: 4711 },
    Config: { Hostname: `web${at}`, Image: imageOf(at), Env: ENVIRONMENT, Labels: LABELS },
    HostConfig: { NetworkMode: 'default' },
    NetworkSettings: {
      IPAddress: networks.Networks.bridge.IPAddress,
      Ports: { '80/tcp': null },
      ...networks,
    },
  };
}

const ENVIRONMENT = Array.from({ length: 40 }, (_, at) => `SETTING_${at}=${'value '.repeat(20)}`);
const LABELS = Object.fromEntries(
  Array.from({ length: 20 }, (_, at) => [`org.example.label.${at}`, 'x'.repeat(60)]),
);

function imageOf(at: number): string {
  return `registry.example.org:5000/shop/web-${at % 100}:1.${at % 10}`;
}

function networksOf(at: number) {
  const address = `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`;
  return { Networks: { bridge: { IPAddress: address, GlobalIPv6Address: '' } } };
}
