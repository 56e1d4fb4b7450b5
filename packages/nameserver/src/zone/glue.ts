import { labelsOf, type OwnerName } from '@callsign/catalog';
import { TYPE } from '@callsign/dns';
import { Chase } from './chase.ts';
import type { Node } from './node.ts';
import type { Records } from './outcome.ts';
import { targetName, type ZoneRecord } from './record.ts';
import { distinct, glueOf } from './rrsets.ts';
import { addressSource, type Source } from './source.ts';
import { findSource } from './synthesis.ts';
import type { Zone } from './zone.ts';

/** The addresses of what records point at. */
export interface Glue {
  readonly records: Records;
  /** They are true as long as nothing changes there or below, nor at the records themselves. */
  readonly anchors: readonly Node[];
}

export const NO_GLUE: Glue = { records: [], anchors: [] };

/**
 * The addresses of what records point at, as far as they are in our zones: each name's whole set, for a part of one
 * would be taken for all of it (RFC 2181, 5).
 */
export function glueFor(zone: Zone, records: readonly ZoneRecord[]): Glue {
  const byTarget = new Map(records.map((record) => [targetName(record), record]));
  const found = [...byTarget].map(([target, record]) =>
    target === record.name ? ownAddresses(zone, record) : addressesOf(zone, target),
  );
  return {
    records: distinct(found.flatMap((glue) => glue.records)),
    anchors: found.flatMap(({ anchors }) => anchors),
  };
}

function ownAddresses(zone: Zone, record: ZoneRecord): Glue {
  const { node } = zone.closest(labelsOf(record.name));
  if (node.isLeaf) return { records: glueOf(record), anchors: [] };
  const source = { owner: record.name, anchor: node, nodes: [node], exact: record };
  return addressesFrom(zone, source, zone.domainOf(record.name) ?? record.name);
}

function addressesOf(zone: Zone, target: OwnerName): Glue {
  const domain = zone.domainBehind(target);
  if (domain === undefined) return NO_GLUE;
  const source = findSource(zone, target, labelsOf(target), domain);
  return source.nodes === undefined
    ? { records: [], anchors: [source.anchor] }
    : addressesFrom(zone, source, domain);
}

function addressesFrom(zone: Zone, source: Source, domain: OwnerName): Glue {
  const chased = [TYPE.A, TYPE.AAAA].map((type) =>
    new Chase(zone, type).run(addressSource(zone, source, domain)),
  );
  const found = chased.filter(({ kind }) => kind === 'found');
  return { records: found.flatMap(({ records }) => records), anchors: chased.map(({ anchor }) => anchor) };
}
