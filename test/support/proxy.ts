import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** `open`: all passes. `cut`: connections are reset, new ones too. `stalled`: they stay, and nothing passes. */
type State = 'open' | 'cut' | 'stalled';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** A proxy on 127.0.0.1 whose network a test can break and mend. */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: number;
  readonly #pairs = new Set<Pair>();
  #state: State = 'open';
  /** How many connections were ever made. */
  connections = 0;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (near: Socket) => this.#accept(near));
  }

  static async to(target: number): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, target);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    this.#state = 'cut';
    this.#reset();
  }

  /** What is sent is taken and kept, as by a firewall that has forgotten the connection. */
  stall(): void {
    this.#state = 'stalled';
    for (const pair of this.#pairs) hold(pair);
  }

  /** Connections that were stalled stay so: a mended network does not mend them. */
  heal(): void {
    this.#state = 'open';
  }

  async close(): Promise<void> {
    this.#reset();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(near: Socket): void {
    if (this.#state === 'cut') {
      near.resetAndDestroy();
      return;
    }
    this.connections += 1;
    const pair = { near, far: connect(this.#target, '127.0.0.1') };
    this.#pairs.add(pair);
    near.pipe(pair.far).pipe(near);
    for (const socket of [near, pair.far]) {
      socket.on('error', () => undefined);
      socket.once('close', () => this.#drop(pair));
    }
    if (this.#state === 'stalled') hold(pair);
  }

  #reset(): void {
    for (const pair of this.#pairs) this.#drop(pair);
  }

  #drop(pair: Pair): void {
    this.#pairs.delete(pair);
    for (const socket of [pair.near, pair.far]) socket.destroy();
  }
}

function hold({ near, far }: Pair): void {
  near.unpipe(far).pause();
  far.unpipe(near).pause();
}
