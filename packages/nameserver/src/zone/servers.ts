import type { ZoneRecord } from './record.ts';

/**
 * The records of servers, each under one of its names: its own, or the first of its further ones where its own is elsewhere. A server
 * that is pointed at by several names would be taken for several.
 */
export function serversOnce(records: readonly ZoneRecord[]): readonly ZoneRecord[] {
  if (!records.some(isFurther)) return records;
  const known = new Set(records.filter((record) => !isFurther(record)).map(serverOf));
  return records.filter((record) => !isFurther(record) || isFirst(record, known));
}

/** A further name of something that has one of its own. */
function isFurther({ service }: ZoneRecord): boolean {
  return service.callsign?.alias === true;
}

function isFirst(record: ZoneRecord, known: Set<string>): boolean {
  const server = serverOf(record);
  const first = !known.has(server);
  known.add(server);
  return first;
}

function serverOf({ host, service }: ZoneRecord): string {
  return `${service.port} ${host}`;
}
