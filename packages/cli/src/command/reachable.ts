import type { SocketAddress } from '@callsign/daemon';

/** Hosts that stand for every address of a machine, and are none to connect to. */
const EVERYWHERE = new Set(['', '0.0.0.0', '::']);

/** Where a daemon of this machine is reached that listens on this address. */
export function reachable({ host, port }: SocketAddress): SocketAddress {
  return { host: EVERYWHERE.has(host) ? '127.0.0.1' : host, port };
}
