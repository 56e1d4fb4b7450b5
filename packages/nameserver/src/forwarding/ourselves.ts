import { networkInterfaces } from 'node:os';
import type { SocketAddress } from '@callsign/daemon';

/** Hosts that stand for every address of this machine. */
const EVERYWHERE = new Set(['', '::', '0.0.0.0']);

/** True for the address of a server that listens at `dns`: whoever asks there asks itself. */
export function isOurselves({ host, port }: SocketAddress, dns: readonly SocketAddress[]): boolean {
  const here = () =>
    Object.values(networkInterfaces())
      .flat()
      .map((one) => one?.address);
  return dns.some(
    (own) => own.port === port && (EVERYWHERE.has(own.host) ? here().includes(host) : own.host === host),
  );
}
