import type { SocketAddress } from '@callsign/daemon';
import type { SocketType } from '../batch/udp-socket.ts';
import { batchingHindrance } from '../batch/workers.ts';

/** A socket that whoever started us has bound, and what it is for (sd_listen_fds(3)). */
export interface NamedSocket {
  readonly fd: number;
  readonly name: string;
}

export interface PassedSocket extends NamedSocket {
  readonly type: SocketType;
  readonly address: SocketAddress;
}

/**
 * Looks at sockets that were bound by somebody else, which Node has no name for.
 * @throws {Error} where that cannot be done, or for what is no socket of the internet
 */
export async function inspectSockets(named: readonly NamedSocket[]): Promise<PassedSocket[]> {
  if (named.length === 0) return [];
  const hindrance = await batchingHindrance();
  if (hindrance !== undefined) throw new Error(`they cannot be looked at: ${hindrance}`);
  const { inspectSocket } = await import('../batch/udp-socket.ts');
  return named.map((socket) => {
    const found = inspectSocket(socket.fd);
    if (found !== undefined) return { ...socket, ...found };
    throw new Error(`"${socket.name}" (${socket.fd}) is no bound socket of TCP or UDP`);
  });
}
