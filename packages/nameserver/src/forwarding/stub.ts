import { isWithin, type OwnerName, ownerName } from '@callsign/catalog';
import type { SocketAddress } from '@callsign/daemon';
import type { Claim } from '../static/claims.ts';
import { upstreamAddress } from './upstream-address.ts';

/** One upstream of a zone that is asked for elsewhere than all other names. */
export interface Stub {
  readonly zone: OwnerName;
  readonly upstream: SocketAddress;
}

/** Names of addresses are looked up with us first: we know those of containers, and stubs those around them. */
const REVERSE = 'arpa.';

/** Reads `ZONE=IP[:PORT]`. @throws {Error} naming what is wrong with the text */
export function parseStub(text: string): Stub {
  const [, zone, address] = /^([^=]+)=([^=]+)$/.exec(text) ?? [];
  if (zone === undefined || address === undefined) {
    throw new Error(`"${text}" is not ZONE=IP[:PORT], for example corp.example=10.0.0.1`);
  }
  return { zone: ownerName(zone), upstream: upstreamAddress(address) };
}

/** The upstreams of each zone, in the order in which they were named. */
export function byZone(stubs: readonly Stub[]): ReadonlyMap<OwnerName, readonly SocketAddress[]> {
  const zones = Map.groupBy(stubs, ({ zone }) => zone);
  return new Map([...zones].map(([zone, all]) => [zone, all.map(({ upstream }) => upstream)]));
}

/** Stubs take names from our zones, and from those with a meaning of their own, as exceptions from a static zone do. */
export function claimsOfStubs(stubs: readonly Stub[]): Claim[] {
  const zones = stubs.map(({ zone }) => zone).filter((zone) => !isWithin(zone, REVERSE));
  return zones.map((name) => ({ kind: 'except', name }));
}
