import { labelsOf, type OwnerName } from '@callsign/catalog';
import { type ResourceRecord, TYPE } from '@callsign/dns';
import { Chase } from './chase.ts';
import type { Records } from './outcome.ts';
import { targetName, type ZoneRecord } from './record.ts';
import { distinct, glueOf } from './rrsets.ts';
import { addressSource, findSource, type Source } from './source.ts';
import type { Zone } from './zone.ts';

/**
 * The addresses of what records point at, as far as they are in our zones: each name's whole set, for a part of one
 * would be taken for all of it (RFC 2181, 5).
 */
export function glueFor(zone: Zone, records: readonly ZoneRecord[]): ResourceRecord[] {
  const byTarget = new Map(records.map((record) => [targetName(record), record]));
  const sets = [...byTarget].flatMap(([target, record]) =>
    target === record.name ? ownAddresses(zone, record) : addressesOf(zone, target),
  );
  return distinct(sets);
}

function ownAddresses(zone: Zone, record: ZoneRecord): Records {
  const { node } = zone.closest(labelsOf(record.name));
  if (node.isLeaf) return glueOf(record);
  const source = { owner: record.name, anchor: node, nodes: [node], exact: record };
  return addressesFrom(zone, source, zone.domainOf(record.name) ?? record.name);
}

function addressesOf(zone: Zone, target: OwnerName): Records {
  const domain = zone.domainBehind(target);
  if (domain === undefined) return [];
  const source = findSource(zone, target, labelsOf(target), domain);
  return source.nodes === undefined ? [] : addressesFrom(zone, source, domain);
}

function addressesFrom(zone: Zone, source: Source, domain: OwnerName): Records {
  return [TYPE.A, TYPE.AAAA].flatMap((type) => {
    const chased = new Chase(zone, type).run(addressSource(zone, source, domain));
    return chased.kind === 'found' ? chased.records : [];
  });
}
