import type { OwnerName } from '@callsign/catalog';
import type { ResourceRecord, Soa } from '@callsign/dns';
import type { Zone } from './zone.ts';

/** The serial is the store's revision: it rises with every change (RFC 1982 lets it wrap). */
export function soaOf(zone: Zone, domain: OwnerName): ResourceRecord {
  return madeSoa(domain, zone.revision % 2 ** 32, zone.options.negativeTtl);
}

/** The SOA of a zone for which nobody wrote one. */
export function madeSoa(domain: OwnerName, serial: number, negativeTtl: number): ResourceRecord & Soa {
  return {
    name: domain,
    ttl: negativeTtl,
    type: 'SOA',
    mname: `ns.dns.${domain}`,
    rname: `hostmaster.${domain}`,
    serial,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: negativeTtl,
  };
}
