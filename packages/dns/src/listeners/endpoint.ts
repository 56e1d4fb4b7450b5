import type { CallsignError, ListenAt, SocketAddress } from '@callsign/daemon';
import type { Workers } from '../batch/workers.ts';
import type { Responder } from '../responder.ts';
import type { ListenerOptions } from './acceptor.ts';
import { TcpListener } from './tcp-listener.ts';
import { UdpListener } from './udp-listener.ts';

/** How often the system is asked for a port number that is free for both transports. */
const TRIES = 20;

/** Where DNS is served over UDP and TCP. */
export interface EndpointAt extends SocketAddress {
  /** The two sockets that whoever started us has bound there already; absent: they are to be bound. */
  readonly passed?: { readonly udp: number; readonly tcp: number } | undefined;
}

/** The two listeners of one address: DNS is always served over both (RFC 7766, 5). */
export interface Endpoint {
  readonly address: SocketAddress;
  /** Questions that threads for UDP dropped because too many waited for the responder already. */
  readonly dropped: number;
  close(): Promise<void>;
}

export interface EndpointOptions {
  readonly udp?: ListenerOptions;
  /** Threads that answer over UDP before the responder is asked; absent: there are none. */
  readonly workers?: Workers | undefined;
  readonly tcp?: ListenerOptions;
}

/**
 * Listens over UDP and TCP on one port number. For port 0 the system chooses one, and again where what it chose
 * for the one is taken for the other.
 * @throws {CallsignError} LISTEN_FAILED, with cause and cure
 */
export async function openEndpoint(
  at: EndpointAt,
  responder: Responder,
  options: EndpointOptions = {},
): Promise<Endpoint> {
  for (let left = at.port === 0 ? TRIES : 1; ; left -= 1) {
    try {
      return await openBoth(at, responder, options);
    } catch (error) {
      if (left <= 1 || !isTaken(error)) throw error;
    }
  }
}

async function openBoth(
  { host, port, passed }: EndpointAt,
  responder: Responder,
  options: EndpointOptions,
): Promise<Endpoint> {
  const tcp = new TcpListener({ host, port, fd: passed?.tcp }, responder, options.tcp);
  await tcp.start();
  // Where a name was given, its address is the one that TCP has found.
  const udp = await udpListener({ ...tcp.address, fd: passed?.udp }, responder, options);
  try {
    await udp.start();
  } catch (error) {
    await tcp.close();
    throw error;
  }
  return {
    address: udp.address,
    get dropped() {
      return 'dropped' in udp ? udp.dropped : 0;
    },
    close: async () => void (await Promise.all([udp.close(), tcp.close()])),
  };
}

/** Loaded when it is needed, for it does not load everywhere. */
async function udpListener(at: ListenAt, responder: Responder, { udp, workers }: EndpointOptions) {
  if (workers === undefined) return new UdpListener(at, responder, udp);
  const { BatchListener } = await import('../batch/batch-listener.ts');
  return new BatchListener(at, responder, workers);
}

function isTaken(error: unknown): boolean {
  return ((error as CallsignError).cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
}
