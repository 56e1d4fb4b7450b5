import { networkInterfaces } from 'node:os';
import type { SocketAddress } from '@callsign/daemon';

/** "Every address" is `::`, which takes IPv4 too, or 0.0.0.0 on a machine without IPv6. */
export function everywhere({ host, port }: SocketAddress): SocketAddress {
  if (host !== '') return { host, port };
  const families = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ family }) => family),
  );
  return { host: families.includes('IPv6') ? '::' : '0.0.0.0', port };
}
