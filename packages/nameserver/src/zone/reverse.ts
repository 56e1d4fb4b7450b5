import type { OwnerName } from '@callsign/catalog';
import { reverseName } from '@callsign/dns';
import type { ZoneRecord } from './record.ts';

/**
 * Finds the records of an address by the name that its PTR is asked under. A registrar's alias is no name of the
 * address: it would be told for the container's own one every other time.
 */
export class ReverseIndex {
  readonly #records = new Map<OwnerName, Map<OwnerName, ZoneRecord>>();

  add(record: ZoneRecord): void {
    const name = reverseName(record.host);
    if (name === undefined || record.service.callsign?.alias === true) return;
    const records = this.#records.get(name) ?? new Map<OwnerName, ZoneRecord>();
    this.#records.set(name, records.set(record.name, record));
  }

  remove(record: ZoneRecord): void {
    const name = reverseName(record.host);
    const records = name === undefined ? undefined : this.#records.get(name);
    records?.delete(record.name);
    if (records?.size === 0) this.#records.delete(name as OwnerName);
  }

  /** Every name that the address of a record is asked for with. */
  names(): Iterable<OwnerName> {
    return this.#records.keys();
  }

  /** The records whose address is asked for with this name. */
  find(name: OwnerName): Iterable<ZoneRecord> {
    return this.#records.get(name)?.values() ?? [];
  }
}
