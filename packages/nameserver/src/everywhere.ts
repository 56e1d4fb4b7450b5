import { networkInterfaces } from 'node:os';
import type { SocketAddress } from '@callsign/daemon';

/** "Every address" is `::`, which takes IPv4 too, or 0.0.0.0 on a machine without IPv6. */
export function everywhere<At extends SocketAddress>(at: At): At {
  if (at.host !== '') return at;
  const families = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ family }) => family),
  );
  return { ...at, host: families.includes('IPv6') ? '::' : '0.0.0.0' };
}
