import type { ListenAt, Part, SocketAddress } from '@callsign/daemon';
import type { Responder } from '../responder.ts';
import { Acceptor, type ListenerOptions } from './acceptor.ts';
import { Connection, type ConnectionLimits } from './connection.ts';

export interface TcpLimits extends ConnectionLimits {
  /** The most connections at one time. */
  readonly connections: number;
  /** Milliseconds that answers may take which are owed when the listener is closed. */
  readonly graceMs: number;
}

export const TCP_LIMITS: TcpLimits = {
  connections: 1_000,
  graceMs: 1_000,
  idleMs: 10_000,
  messageMs: 5_000,
  backlog: 1 << 20,
  pending: 100,
};

export interface TcpOptions extends ListenerOptions {
  readonly limits?: TcpLimits;
}

/** Answers DNS over TCP on one address: pipelined questions, answers in any order (RFC 7766). */
export class TcpListener implements Part {
  readonly name = 'dns/tcp';
  readonly #acceptor: Acceptor;

  constructor(at: ListenAt, responder: Responder, options: TcpOptions = {}) {
    const { limits = TCP_LIMITS } = options;
    this.#acceptor = new Acceptor(at, {
      ...options,
      what: 'DNS over TCP',
      flag: '--dns',
      connections: limits.connections,
      headerMs: limits.messageMs,
      graceMs: limits.graceMs,
      allowHalfOpen: true,
      serve: (place) => new Connection(place, place.socket, 'tcp', responder, limits).serve(),
    });
  }

  /** Where it listens, once started. */
  get address(): SocketAddress {
    return this.#acceptor.address;
  }

  start(): Promise<void> {
    return this.#acceptor.start();
  }

  close(): Promise<void> {
    return this.#acceptor.close();
  }
}
