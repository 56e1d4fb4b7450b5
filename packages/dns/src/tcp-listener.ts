import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { listenError, type Part, type SocketAddress } from '@callsign/daemon';
import { Connection, type ConnectionLimits } from './connection.ts';
import type { Responder } from './responder.ts';

export interface TcpLimits extends ConnectionLimits {
  /** Connections beyond this are closed at once. */
  readonly connections: number;
}

export const TCP_LIMITS: TcpLimits = {
  connections: 1_000,
  idleMs: 10_000,
  messageMs: 5_000,
  backlog: 1 << 20,
};

/** Answers DNS over TCP on one address: pipelined questions, answers in any order (RFC 7766). */
export class TcpListener implements Part {
  readonly name = 'dns/tcp';
  readonly #at: SocketAddress;
  readonly #responder: Responder;
  readonly #limits: TcpLimits;
  readonly #connections = new Set<Socket>();
  #server: Server | undefined;

  constructor(at: SocketAddress, responder: Responder, limits: TcpLimits = TCP_LIMITS) {
    this.#at = at;
    this.#responder = responder;
    this.#limits = limits;
  }

  /** Where it listens, once started. */
  get address(): SocketAddress {
    const { address, port } = (this.#server as Server).address() as AddressInfo;
    return { host: address, port };
  }

  async start(): Promise<void> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen({ host: this.#at.host === '' ? '::' : this.#at.host, port: this.#at.port }, resolve);
    try {
      await promise;
    } catch (error) {
      throw listenError('DNS over TCP', '--dns', this.#at, error);
    }
    this.#server = server;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    for (const socket of this.#connections) socket.destroy();
    await promise;
  }

  #accept(socket: Socket): void {
    const peer = socket.remoteAddress;
    // A client that has gone already has no address.
    if (peer === undefined || this.#connections.size >= this.#limits.connections) {
      socket.destroy();
      return;
    }
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    new Connection(socket, 'tcp', peer, this.#responder, this.#limits).serve();
  }
}
