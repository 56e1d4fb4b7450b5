import { isWithin, type OwnerName } from '@callsign/catalog';
import { reverseName } from '@callsign/dns';
import type { ZoneRecord } from './record.ts';

/**
 * Finds the records of an address by the name that its PTR is asked under. A registrar's alias is no name of the
 * address: it would be told for the container's own one every other time.
 */
export class ReverseIndex {
  readonly #domains: readonly OwnerName[];
  readonly #records = new Map<OwnerName, Map<OwnerName, ZoneRecord>>();
  /** How many of those names are below a name that is in a reverse domain of ours. */
  readonly #below = new Map<OwnerName, number>();

  /** @param domains what we are authoritative for: where a name exists when there is one below it (RFC 8020) */
  constructor(domains: readonly OwnerName[]) {
    this.#domains = domains.filter((domain) => isWithin(domain, 'arpa.'));
  }

  add(record: ZoneRecord): void {
    const name = reverseName(record.host);
    if (name === undefined || record.service.callsign?.alias === true) return;
    const records = this.#records.get(name) ?? new Map<OwnerName, ZoneRecord>();
    if (records.size === 0) this.#count(name, 1);
    this.#records.set(name, records.set(record.name, record));
  }

  remove(record: ZoneRecord): void {
    const name = reverseName(record.host);
    const records = name === undefined ? undefined : this.#records.get(name);
    if (name === undefined || records?.delete(record.name) !== true || records.size > 0) return;
    this.#records.delete(name);
    this.#count(name, -1);
  }

  /** Every name that the address of a record is asked for with. */
  names(): Iterable<OwnerName> {
    return this.#records.keys();
  }

  /** The records whose address is asked for with this name. */
  find(name: OwnerName): Iterable<ZoneRecord> {
    return this.#records.get(name)?.values() ?? [];
  }

  /** True for a name in a reverse domain of ours that has names of addresses below it. */
  isAbove(name: OwnerName): boolean {
    return this.#below.has(name);
  }

  #count(name: OwnerName, step: 1 | -1): void {
    const domain = this.#domains.find((each) => isWithin(name, each));
    for (let above = name; domain !== undefined && above !== domain; ) {
      above = above.slice(above.indexOf('.') + 1);
      const count = (this.#below.get(above) ?? 0) + step;
      if (count === 0) this.#below.delete(above);
      else this.#below.set(above, count);
    }
  }
}
