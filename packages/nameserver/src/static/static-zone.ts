import type { OwnerName } from '@callsign/catalog';
import { RecordEncoder, type ResourceRecord, type Soa, TYPE, typeNumber } from '@callsign/dns';
import { madeSoa } from '../zone/soa.ts';
import type { PlacedRecord } from './master-file.ts';
import type { Alias } from './rdata.ts';

/** All records of one name and one type (RFC 2181, 5). */
export interface RRset {
  readonly records: readonly ResourceRecord[];
  /** The line of each record. */
  readonly lines: readonly number[];
}

export interface PlacedAlias extends Alias {
  readonly ttl: number;
  readonly line: number;
}

/** What a name of the zone has; a name without anything has names below it. */
export interface Owner {
  readonly name: OwnerName;
  readonly sets: ReadonlyMap<number, RRset>;
  readonly alias: PlacedAlias | undefined;
}

/** Where a name leads: to an owner, or a wildcard in its place; to a delegation above it; to nothing. */
export type Place =
  | { readonly kind: 'owner' | 'wildcard'; readonly owner: Owner }
  | { readonly kind: 'delegation'; readonly name: OwnerName; readonly servers: RRset }
  | { readonly kind: 'missing'; readonly nearest: OwnerName };

export interface StaticZoneOptions {
  readonly apex: OwnerName;
  /** Free of faults (rules.ts). */
  readonly records: readonly PlacedRecord[];
  /** Of the SOA that is made where the records have none. */
  readonly serial: number;
  /** Seconds; of that SOA. */
  readonly negativeTtl: number;
}

/** A zone that somebody wrote, as it was read once: it never changes. */
export class StaticZone {
  readonly apex: OwnerName;
  readonly soa: ResourceRecord & Soa;
  readonly #owners: ReadonlyMap<OwnerName, Owner>;

  constructor({ apex, records, serial, negativeTtl }: StaticZoneOptions) {
    const soa = madeSoa(apex, serial, negativeTtl);
    const given = records.some(({ rdata }) => rdata.type === 'SOA');
    const { name, ttl, ...rdata } = soa;
    this.apex = apex;
    this.#owners = ownersOf(apex, given ? records : [...records, { name, ttl, rdata, line: 0 }]);
    this.soa = this.#owners.get(apex)?.sets.get(TYPE.SOA)?.records[0] as ResourceRecord & Soa;
  }

  /** What negative answers carry: the SOA, for as long as they may be remembered (RFC 2308, 3). */
  get negativeSoa(): ResourceRecord {
    return { ...this.soa, ttl: Math.min(this.soa.ttl, this.soa.minimum) };
  }

  /** How many names it has, those with nothing but names below them included. */
  get size(): number {
    return this.#owners.size;
  }

  /** RFC 1034, 4.3.2 with RFC 4592, 3.3.1, from the apex down. The name must be in the zone. */
  find(name: OwnerName, type: number): Place {
    let nearest = this.#owners.get(this.apex) as Owner;
    for (const step of namesDown(this.apex, name)) {
      const owner = this.#owners.get(step);
      if (owner === undefined) return this.#instead(nearest.name);
      const servers = owner.sets.get(TYPE.NS);
      // What signs a delegation is the upper zone's to tell (RFC 4035, 3.1.4.1).
      const ours = step === name && type === TYPE.DS;
      if (servers !== undefined && !ours) return { kind: 'delegation', name: step, servers };
      nearest = owner;
    }
    return { kind: 'owner', owner: nearest };
  }

  /** The addresses that a name has here, glue below a delegation included. */
  addressesOf(name: OwnerName): readonly ResourceRecord[] {
    const sets = this.#owners.get(name)?.sets;
    return [TYPE.A, TYPE.AAAA].flatMap((type) => sets?.get(type)?.records ?? []);
  }

  /** The owner and the line that a record of an answer was read from; line 0: it was made. */
  sourceOf(record: ResourceRecord): { readonly owner: OwnerName; readonly line: number } | undefined {
    const place = this.#owners.get(record.name) ?? this.#wildcardFor(record.name);
    const set = place?.sets.get(typeNumber(record));
    const at = set?.records.findIndex((other) => identity(other) === identity(record)) ?? -1;
    const line = set?.lines[at] ?? place?.alias?.line;
    return place === undefined || line === undefined ? undefined : { owner: place.name, line };
  }

  #wildcardFor(name: OwnerName): Owner | undefined {
    const place = this.find(name, TYPE.ANY);
    return place.kind === 'wildcard' ? place.owner : undefined;
  }

  #instead(nearest: OwnerName): Place {
    const wildcard = this.#owners.get(`*.${nearest}`);
    return wildcard === undefined ? { kind: 'missing', nearest } : { kind: 'wildcard', owner: wildcard };
  }
}

/** The names between a zone's apex and one of its names, from above, without the apex. */
function namesDown(apex: OwnerName, name: OwnerName): OwnerName[] {
  const names: OwnerName[] = [];
  for (let step = name; step !== apex; step = step.slice(step.indexOf('.') + 1)) names.unshift(step);
  return names;
}

function ownersOf(apex: OwnerName, records: readonly PlacedRecord[]): Map<OwnerName, Owner> {
  const owners = new Map<OwnerName, Owner>();
  for (const [name, own] of Map.groupBy(records, (record) => record.name)) {
    for (const above of namesDown(apex, name)) if (!owners.has(above)) owners.set(above, emptyOwner(above));
    owners.set(name, ownerOf(name, own));
  }
  return owners;
}

function emptyOwner(name: OwnerName): Owner {
  return { name, sets: new Map(), alias: undefined };
}

function ownerOf(name: OwnerName, records: readonly PlacedRecord[]): Owner {
  const known = records.flatMap(({ ttl, rdata, line }) =>
    rdata.type === 'ALIAS' ? [] : [{ record: { name, ttl, ...rdata } as ResourceRecord, line }],
  );
  const sets = Map.groupBy(known, ({ record }) => typeNumber(record));
  return {
    name,
    sets: new Map([...sets].map(([type, set]) => [type, rrset(set)])),
    alias: records.map(asAlias).find((alias) => alias !== undefined),
  };
}

function asAlias({ ttl, rdata, line }: PlacedRecord): PlacedAlias | undefined {
  return rdata.type === 'ALIAS' ? { ...rdata, ttl, line } : undefined;
}

interface Placed {
  readonly record: ResourceRecord;
  readonly line: number;
}

/** No record twice (RFC 2181, 5), and the smallest of the TTLs for all (5.2). */
function rrset(placed: readonly Placed[]): RRset {
  const ttl = placed.reduce((least, { record }) => Math.min(least, record.ttl), Number.POSITIVE_INFINITY);
  const kept = placed.length === 1 ? placed : distinct(placed);
  return { records: kept.map(({ record }) => ({ ...record, ttl })), lines: kept.map(({ line }) => line) };
}

function distinct(placed: readonly Placed[]): Placed[] {
  const byIdentity = new Map(placed.toReversed().map((each) => [identity(each.record), each]));
  return [...byIdentity.values()].toReversed();
}

const ENCODER = new RecordEncoder([]);

/** Equal for equal rdata, however it was written. */
function identity(record: ResourceRecord): string {
  return ENCODER.encode({ ...record, name: '.', ttl: 0 }).toString('latin1');
}
