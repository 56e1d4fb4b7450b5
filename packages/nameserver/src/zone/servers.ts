import type { ZoneRecord } from './record.ts';

/**
 * The records of servers, each under one of its names: its own, or the first by name of its further ones where its own is elsewhere. A
 * server that is pointed at by several names would be taken for several.
 */
export function serversOnce(records: readonly ZoneRecord[]): readonly ZoneRecord[] {
  if (!records.some(isFurther)) return records;
  const own = new Set(records.filter((record) => !isFurther(record)).map(serverOf));
  const further = new Set(
    firstOfEach(records.filter(isFurther)).filter((record) => !own.has(serverOf(record))),
  );
  return records.filter((record) => !isFurther(record) || further.has(record));
}

/** A further name of something that has one of its own. */
function isFurther({ service }: ZoneRecord): boolean {
  return service.callsign?.alias === true;
}

/** The order in which records came is no rule: it is another one for each nameserver of a store. */
function firstOfEach(records: readonly ZoneRecord[]): ZoneRecord[] {
  const first = new Map<string, ZoneRecord>();
  for (const record of records) {
    const known = first.get(serverOf(record));
    if (known === undefined || record.name < known.name) first.set(serverOf(record), record);
  }
  return [...first.values()];
}

function serverOf({ host, service }: ZoneRecord): string {
  return `${service.port} ${host}`;
}
