import { constants } from 'node:crypto';
import { createServer, type SecureContextOptions, type Server } from 'node:tls';
import type { ListenAt, Part, SocketAddress } from '@callsign/daemon';
import type { Responder } from '../responder.ts';
import { Acceptor, type ListenerOptions } from './acceptor.ts';
import type { Certificate } from './certificate.ts';
import { Connection } from './connection.ts';
import { TCP_LIMITS, type TcpLimits } from './tcp-listener.ts';
import { TransportCounters } from './transport-counters.ts';

export interface TlsLimits extends TcpLimits {
  /** Milliseconds from the first byte of a connection to the end of its handshake. */
  readonly handshakeMs: number;
}

/** A handshake costs more than a place that is kept: silence may last longer than over TCP (RFC 7858, 3.4). */
export const TLS_LIMITS: TlsLimits = { ...TCP_LIMITS, idleMs: 30_000, handshakeMs: 5_000 };

export interface TlsOptions extends ListenerOptions {
  readonly limits?: TlsLimits;
}

/** Answers DNS over TLS on one address (RFC 7858). */
export class TlsListener implements Part {
  readonly name = 'dns/tls';
  readonly #acceptor: Acceptor;
  readonly #tls: Server;

  constructor(at: ListenAt, responder: Responder, certificate: Certificate, options: TlsOptions = {}) {
    const { limits = TLS_LIMITS, counters = new TransportCounters() } = options;
    this.#tls = createServer({
      ...secured(certificate),
      ALPNProtocols: ['dot'],
      handshakeTimeout: limits.handshakeMs,
    });
    this.#tls.on('tlsClientError', (_error, socket) => {
      counters.handshakesFailed += 1;
      // Of a handshake that takes too long Node only tells.
      socket.destroy();
    });
    this.#tls.on('secureConnection', (socket) => {
      const place = this.#acceptor.placeOf(socket);
      if (place === undefined) socket.destroy();
      else new Connection(place, socket, 'tls', responder, limits).serve();
    });
    this.#acceptor = new Acceptor(at, {
      ...options,
      counters,
      what: 'DNS over TLS',
      flag: '--dot',
      connections: limits.connections,
      headerMs: limits.messageMs,
      graceMs: limits.graceMs,
      allowHalfOpen: true,
      serve: ({ socket }) => void this.#tls.emit('connection', socket),
    });
  }

  /** Where it listens, once started. */
  get address(): SocketAddress {
    return this.#acceptor.address;
  }

  /** Shows another certificate from the next connection on; those that are open go on. */
  renew(certificate: Certificate): void {
    this.#tls.setSecureContext(secured(certificate));
  }

  start(): Promise<void> {
    return this.#acceptor.start();
  }

  close(): Promise<void> {
    return this.#acceptor.close();
  }
}

/** What every TLS connection of ours has in common. */
export function secured({ cert, key }: Certificate): SecureContextOptions {
  return {
    cert,
    key,
    minVersion: 'TLSv1.2',
    // To begin anew in the middle costs us a handshake and the client nothing; RFC 9113, 9.2.1 forbids it anyway.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}
