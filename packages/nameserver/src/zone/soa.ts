import type { OwnerName } from '@callsign/catalog';
import type { ResourceRecord } from '@callsign/dns';
import type { Zone } from './zone.ts';

/** The serial is the store's revision: it rises with every change (RFC 1982 lets it wrap). */
export function soaOf(zone: Zone, domain: OwnerName): ResourceRecord {
  const { negativeTtl } = zone.options;
  return {
    name: domain,
    ttl: negativeTtl,
    type: 'SOA',
    mname: `ns.dns.${domain}`,
    rname: `hostmaster.${domain}`,
    serial: zone.revision % 2 ** 32,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: negativeTtl,
  };
}
