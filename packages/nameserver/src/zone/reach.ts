import { labelsOf, type OwnerName } from '@callsign/catalog';
import type { ZoneRecord } from './record.ts';
import { isAddress } from './rrsets.ts';
import { recordsOf } from './source.ts';
import { findSource } from './synthesis.ts';
import type { Zone } from './zone.ts';

/** Where several hosts lead together. */
export interface Reached {
  /** Those with an address, each with the smallest TTL on the way to it. */
  readonly addresses: readonly ZoneRecord[];
  /** Name hosts that are not in our zones. */
  readonly outside: readonly ZoneRecord[];
  /** True when a way came back to where it had been, or was too long. */
  readonly looped: boolean;
}

/**
 * Everything that can be reached from the records of one name over name hosts. Step by step, and every name
 * once, so that names which all lead to each other cost no more than there are names.
 */
export function reach(
  zone: Zone,
  owner: OwnerName,
  records: readonly ZoneRecord[],
  maxSteps: number,
): Reached {
  let addresses: readonly ZoneRecord[] = [];
  let outside: readonly ZoneRecord[] = [];
  const seen = new Set([owner]);
  let looped = false;
  let front = records;
  for (let step = 0; front.length > 0; step += 1) {
    addresses = addresses.concat(front.filter(isAddress));
    const hosts = front.filter(({ kind }) => kind === 'name');
    const unseen = hosts.filter(({ host }) => !seen.has(host));
    looped ||= unseen.length < hosts.length || step === maxSteps;
    const next = oncePerHost(unseen);
    for (const { host } of next) seen.add(host);
    outside = outside.concat(next.filter(({ host }) => zone.domainBehind(host) === undefined));
    front = step === maxSteps ? [] : next.flatMap((record) => behind(zone, record));
  }
  return { addresses, outside, looped };
}

/** Of several records that lead to one host the one that is kept shortest (RFC 2181, 5.2). */
export function oncePerHost(records: readonly ZoneRecord[]): ZoneRecord[] {
  const byHost = new Map<string, ZoneRecord>();
  for (const record of records) {
    const known = byHost.get(record.host);
    if (known === undefined || record.ttl < known.ttl) byHost.set(record.host, record);
  }
  return [...byHost.values()];
}

function behind(zone: Zone, { host, ttl }: ZoneRecord): ZoneRecord[] {
  const domain = zone.domainBehind(host);
  if (domain === undefined) return [];
  const source = findSource(zone, host, labelsOf(host), domain);
  if (source.nodes === undefined) return [];
  return recordsOf(source).map((record) => ({ ...record, ttl: Math.min(ttl, record.ttl) }));
}
