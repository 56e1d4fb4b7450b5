import type { SocketAddress } from '@callsign/daemon';

/** Hosts that stand for every address of a machine, and are none to connect to. */
const EVERYWHERE = new Set(['', '0.0.0.0', '::']);

/** Where a daemon of this machine is reached that listens on these addresses. */
export function reachable([first]: readonly SocketAddress[]): SocketAddress {
  const { host, port } = first ?? { host: '', port: 8080 };
  return { host: EVERYWHERE.has(host) ? '127.0.0.1' : host, port };
}
