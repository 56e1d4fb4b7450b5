import { isIP } from 'node:net';
import type { SocketAddress } from '@callsign/daemon';

const DNS_PORT = 53;

/** The name servers of a resolv.conf(5), in order. Lines that are not understood are left out, as the C library does. */
export function parseResolvConf(text: string): SocketAddress[] {
  return text
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? '')
    .filter((host) => isIP(host) !== 0)
    .map((host) => ({ host, port: DNS_PORT }));
}
