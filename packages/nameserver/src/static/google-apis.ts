import { isIP } from 'node:net';
import type { OwnerName } from '@callsign/catalog';
import type { StaticRdata } from './rdata.ts';
import { StaticZone } from './static-zone.ts';

/** The private way to Google's services: their names, answered with addresses that lead there. */
export interface GoogleApis {
  /** As it was given: `private`, `restricted`, `psc:10.0.0.5`. */
  readonly text: string;
  readonly addresses: readonly string[];
}

/** The addresses of private.googleapis.com and of restricted.googleapis.com (VPC, "Private Google Access"). */
const ADDRESSES: ReadonlyMap<string, readonly string[]> = new Map([
  ['private', ['199.36.153.8', '199.36.153.9', '199.36.153.10', '199.36.153.11']],
  ['restricted', ['199.36.153.4', '199.36.153.5', '199.36.153.6', '199.36.153.7']],
]);
export const GOOGLE_ZONES: readonly OwnerName[] = ['run.app.', 'googleapis.com.', 'gcr.io.', 'pkg.dev.'];
/** Seconds. */
const TTL = 300;
const ENDPOINT = 'psc:';

/** @throws {Error} naming what is wrong with the text */
export function parseGoogleApis(text: string): GoogleApis {
  const endpoint = text.startsWith(ENDPOINT) ? text.slice(ENDPOINT.length) : '';
  const addresses = isIP(endpoint) === 0 ? ADDRESSES.get(text) : [endpoint];
  if (addresses === undefined) {
    throw new Error(`"${text}" is none of private, restricted, psc:IP (a Private Service Connect endpoint)`);
  }
  return { text, addresses };
}

/**
 * Each zone's own name and all below it have these addresses and nothing else: of every other type there is no
 * data, so that no AAAA and no HTTPS record leads a client out of its network.
 */
export function googleApisZones({ addresses }: GoogleApis, negativeTtl: number): StaticZone[] {
  const rdata = addresses.map(
    (address): StaticRdata => ({ type: isIP(address) === 4 ? 'A' : 'AAAA', address }),
  );
  return GOOGLE_ZONES.map((apex) => {
    const names = [apex, `*.${apex}`];
    const records = names.flatMap((name) => rdata.map((data) => ({ name, ttl: TTL, rdata: data, line: 0 })));
    return new StaticZone({ apex, records, serial: 1, negativeTtl });
  });
}
