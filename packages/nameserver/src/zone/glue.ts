import { labelsOf, type OwnerName } from '@callsign/catalog';
import { type ResourceRecord, TYPE } from '@callsign/dns';
import { Chase } from './chase.ts';
import { targetName, type ZoneRecord } from './record.ts';
import { distinct, glueOf } from './rrsets.ts';
import { findSource } from './source.ts';
import type { Zone } from './zone.ts';

/** The addresses of what records point at, as far as they are in our zones. */
export function glueFor(zone: Zone, records: readonly ZoneRecord[]): ResourceRecord[] {
  const named = records.filter(({ kind }) => kind === 'name');
  const elsewhere = [...new Set(named.map(targetName))].flatMap((target) => addressesOf(zone, target));
  return distinct([...records.flatMap(glueOf), ...elsewhere]);
}

function addressesOf(zone: Zone, target: OwnerName): readonly ResourceRecord[] {
  const domain = zone.domainBehind(target);
  if (domain === undefined) return [];
  const source = findSource(zone, target, labelsOf(target), domain);
  if (source.nodes === undefined) return [];
  return [TYPE.A, TYPE.AAAA].flatMap((type) => {
    const chased = new Chase(zone, type).run(source);
    return chased.kind === 'found' ? chased.records : [];
  });
}
