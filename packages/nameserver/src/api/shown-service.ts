import type { OwnerName, Service } from '@callsign/catalog';
import { stripped, type ZoneRecord } from '../zone/record.ts';
import { type Structure, structureOf } from '../zone/structure.ts';
import type { Zone } from '../zone/zone.ts';

/** A service as REST shows it: what is stored, what its name says, and what keeps it alive. */
export interface ShownService extends Service, Partial<Structure> {
  readonly name: OwnerName;
  /** The store's revision of its last write; its entity tag. */
  readonly revision: number;
  /** Seconds that its lease was granted for; absent: it stays until it is removed. */
  readonly leaseTtl?: number;
}

/** What a body may bring back that was shown; it means nothing there. */
export const READ_ONLY: ReadonlySet<string> = new Set([
  'name',
  'revision',
  'environment',
  'service',
  'instance',
  'region',
  'node',
  'callsign',
]);

export function shownService(
  { name, service, revision, leaseTtl }: Pick<ZoneRecord, 'name' | 'service' | 'revision' | 'leaseTtl'>,
  zone: Zone,
): ShownService {
  const domain = zone.domainOf(name);
  return {
    name,
    revision,
    ...(domain !== undefined && structureOf(stripped(name, service.targetstrip), domain)),
    ...service,
    ...(leaseTtl !== undefined && { leaseTtl }),
  };
}
