import type { ListenOptions } from 'node:net';
import { CallsignError } from './errors.ts';
import type { ListenAt, SocketAddress } from './socket-address.ts';

/** How a server of `node:net` is told where to listen; without a host it is at every address. */
export function listenOptions({ host, port, fd }: ListenAt): ListenOptions | { readonly fd: number } {
  if (fd !== undefined) return { fd };
  return host === '' ? { port } : { host, port };
}

/** Translates what the operating system says when a socket cannot be bound, for DNS and HTTP alike. */
export function listenError(what: string, flag: string, at: SocketAddress, cause: unknown): CallsignError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const where = `${at.host || '*'} port ${at.port}`;
  const cures: Readonly<Record<string, string>> = {
    EADDRINUSE: `Another program listens there: find it with "ss -lunpt", stop it, or choose another address with ${flag}`,
    EACCES: `Ports below 1024 need root or CAP_NET_BIND_SERVICE; or choose a higher one with ${flag}`,
    EADDRNOTAVAIL: `This machine has no such address: see "ip address", or choose another with ${flag}`,
  };
  const cure = cures[code];
  const details = cure === undefined ? { cause } : { cause, cure };
  return new CallsignError('LISTEN_FAILED', `cannot listen for ${what} on ${where}`, details);
}
