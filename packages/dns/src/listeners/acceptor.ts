import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type ListenAt, listenError, listenOptions, type SocketAddress } from '@callsign/daemon';
import type { Networks } from '../network.ts';
import { Place } from './place.ts';
import { takeProxyHeader } from './proxy-protocol.ts';
import { TransportCounters } from './transport-counters.ts';

/** Where a listener hears from proxies, and where it counts. */
export interface ListenerOptions {
  /** What comes from these begins with a PROXY header and is its client's; what comes from others is their own. */
  readonly proxies?: Networks | undefined;
  readonly counters?: TransportCounters;
}

export interface AcceptorOptions extends ListenerOptions {
  /** What is listened for, and the option that says where: for the error of a socket that cannot be bound. */
  readonly what: string;
  readonly flag: string;
  /** The most connections at one time. */
  readonly connections: number;
  /** Milliseconds that a PROXY header may take. */
  readonly headerMs: number;
  /** Milliseconds that answers may take which are owed when the listener is closed. */
  readonly graceMs: number;
  /** True: a client that has said its last word still gets its answers. */
  readonly allowHalfOpen: boolean;
  readonly serve: (place: Place) => void;
}

/** What tells two connections of one listener apart. */
type Ends = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress'>;

/**
 * Accepts connections on one address: TCP, TLS and HTTPS alike. Where there are too many, the one that was idle
 * longest is closed for the newcomer (RFC 7766, 6.2.3), so that silent connections cannot keep everybody else out;
 * a newcomer is refused only when every connection waits for an answer.
 */
export class Acceptor {
  readonly #at: ListenAt;
  readonly #options: AcceptorOptions;
  readonly #counters: TransportCounters;
  readonly #places = new Map<string, Place>();
  #server: Server | undefined;

  constructor(at: ListenAt, options: AcceptorOptions) {
    this.#at = at;
    this.#options = options;
    this.#counters = options.counters ?? new TransportCounters();
  }

  /** Where it listens, once started. */
  get address(): SocketAddress {
    const { address, port } = (this.#server as Server).address() as AddressInfo;
    return { host: address, port };
  }

  /** The place of a connection, also by what TLS made of its socket; undefined once it has been closed. */
  placeOf(ends: Ends): Place | undefined {
    return this.#places.get(keyOf(ends));
  }

  /** @throws {CallsignError} LISTEN_FAILED, with cause and cure */
  async start(): Promise<void> {
    const { allowHalfOpen } = this.#options;
    const server = createServer({ noDelay: true, allowHalfOpen }, (socket) => this.#accept(socket));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen(listenOptions(this.#at), resolve);
    try {
      await promise;
    } catch (error) {
      throw listenError(this.#options.what, this.#options.flag, this.#at, error);
    }
    // What befalls one connection while it is accepted must not end the service for all.
    server.off('error', reject).on('error', () => undefined);
    this.#server = server;
  }

  /** Lets nobody in any more, ends what is idle at once, and the others when they have their answers or grace is over. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    for (const place of this.#places.values()) place.leave();
    const late = setTimeout(() => this.#cut(), this.#options.graceMs);
    await promise;
    clearTimeout(late);
  }

  #cut(): void {
    for (const { socket } of this.#places.values()) socket.destroy();
  }

  #accept(socket: Socket): void {
    const peer = socket.remoteAddress;
    socket.on('error', () => socket.destroy());
    // A client that has gone already has no address.
    if (peer === undefined || !this.#hasRoom()) {
      socket.destroy();
      return;
    }
    const place = new Place(socket, peer);
    this.#take(place);
    if (this.#options.proxies?.has(peer)) void this.#serveBehindProxy(place);
    else this.#options.serve(place);
  }

  #take(place: Place): void {
    const key = keyOf(place.socket);
    this.#places.set(key, place);
    this.#counters.open += 1;
    place.socket.once('close', () => {
      this.#counters.open -= 1;
      if (this.#places.get(key) === place) this.#places.delete(key);
    });
  }

  #hasRoom(): boolean {
    if (this.#places.size < this.#options.connections) return true;
    this.#counters.crowded += 1;
    const idle = [...this.#places].filter(([, { owed }]) => owed === 0);
    if (idle.length === 0) return false;
    const [key, { socket }] = idle.reduce((a, b) => (a[1].lastUse < b[1].lastUse ? a : b));
    this.#places.delete(key);
    socket.destroy();
    return true;
  }

  async #serveBehindProxy(place: Place): Promise<void> {
    const { socket } = place;
    const late = setTimeout(() => socket.destroy(), this.#options.headerMs);
    const header = await takeProxyHeader(socket).catch(() => undefined);
    clearTimeout(late);
    if (header?.kind === 'header' && !socket.destroyed) {
      place.peer = header.source ?? place.peer;
      this.#options.serve(place);
      return;
    }
    // Whoever only looks whether the port is open says nothing at all.
    if (socket.bytesRead > 0) this.#counters.headersRefused += 1;
    socket.destroy();
  }
}

function keyOf({ remoteAddress, remotePort, localAddress }: Ends): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
