import { labelsOf, type OwnerName } from '@callsign/catalog';
import { type ResourceRecord, TYPE } from '@callsign/dns';
import type { Node } from './node.ts';
import { oncePerHost, reach } from './reach.ts';
import type { ZoneRecord } from './record.ts';
import { addressRecords, isAddress } from './rrsets.ts';
import { recordsOf, type Source, type Wanted } from './source.ts';
import { findSource } from './synthesis.ts';
import { ANY_TRAIT, TRAIT } from './traits.ts';
import type { Zone } from './zone.ts';

/** Where a name led. `records` has the CNAMEs on the way first; `owner` is the last name on it. */
export type Chased = {
  readonly anchor: Node;
  readonly owner: OwnerName;
  readonly records: readonly ResourceRecord[];
} & (
  | { readonly kind: 'found' | 'nothing' | 'loop' }
  | { readonly kind: 'outside'; readonly target: OwnerName }
);

type Chain = Omit<Chased, 'anchor'> & { readonly target?: OwnerName };

/** What a name has itself of the type that is asked for. */
type Make = (owner: OwnerName, records: readonly ZoneRecord[]) => ResourceRecord[];

const MAX_STEPS = 10;
const ADDRESS_TYPES: ReadonlyMap<number, 'A' | 'AAAA'> = new Map([
  [TYPE.A, 'A'],
  [TYPE.AAAA, 'AAAA'],
]);

/**
 * Follows name hosts inside our zones until they end in records of one type. A name is an alias or it has
 * addresses, never both and never two aliases (RFC 1034, 3.6.2; RFC 2181, 10.1), whatever type is asked for:
 *
 *     hosts at and below the name          what it is
 *     one name alone                       a CNAME, and what follows behind it
 *     addresses, or several names          all the addresses behind them inside our zones, as its own
 *     several names, all of them outside   a CNAME to the first by name, the same at every question
 *
 * An apex has a SOA and so it is never an alias for a name inside our zones; outside, the lookup has to care.
 */
export class Chase {
  readonly #zone: Zone;
  readonly #addressType: 'A' | 'AAAA' | undefined;
  readonly #wanted: Wanted;
  readonly #make: Make;
  #followed = false;

  /** @param make for types other than A and AAAA: what a name has itself; nothing when left out */
  constructor(zone: Zone, type: number, make: Make = () => []) {
    this.#zone = zone;
    this.#addressType = ADDRESS_TYPES.get(type);
    this.#wanted = wantedBy(type);
    this.#make = make;
  }

  run(source: Source): Chased {
    const chain = this.#at(source, []);
    // A chain depends on names that stand anywhere in the tree.
    return { ...chain, anchor: this.#followed ? this.#zone.root : source.anchor } as Chased;
  }

  #at(source: Source, path: readonly OwnerName[]): Chain {
    const { owner } = source;
    const records = recordsOf(source, this.#wanted);
    const own = this.#make(owner, records);
    if (own.length > 0) return { kind: 'found', owner, records: own };
    const [host, ...others] = oncePerHost(records.filter(({ kind }) => kind === 'name'));
    if (host === undefined) return this.#addresses(owner, records);
    const isAlias = others.length === 0 && !records.some(isAddress) && !this.#zone.isApex(owner);
    return isAlias
      ? this.#alias(owner, host, [...path, owner])
      : this.#flat(owner, records, [...path, owner]);
  }

  /** Several hosts: one set of addresses, or where there are none at all, an alias for one of them. */
  #flat(owner: OwnerName, records: readonly ZoneRecord[], path: readonly OwnerName[]): Chain {
    this.#followed = true;
    const { addresses, outside, looped } = reach(this.#zone, owner, records, MAX_STEPS);
    if (addresses.length > 0) return this.#addresses(owner, addresses);
    const [first] = outside.toSorted((a, b) => (a.host < b.host ? -1 : 1));
    if (first !== undefined) return this.#alias(owner, first, path);
    return { kind: looped ? 'loop' : 'nothing', owner, records: [] };
  }

  #addresses(owner: OwnerName, from: readonly ZoneRecord[]): Chain {
    const type = this.#addressType;
    const records = type === undefined ? [] : addressRecords(owner, from, type);
    return { kind: records.length > 0 ? 'found' : 'nothing', owner, records };
  }

  #alias(owner: OwnerName, { host: target, ttl }: ZoneRecord, path: readonly OwnerName[]): Chain {
    this.#followed = true;
    const cname: ResourceRecord = { name: owner, ttl, type: 'CNAME', target };
    if (path.includes(target) || path.length > MAX_STEPS) return { kind: 'loop', owner, records: [] };
    const domain = this.#zone.domainBehind(target);
    if (domain === undefined) return { kind: 'outside', owner, records: [cname], target };
    const source = findSource(this.#zone, target, labelsOf(target), domain);
    // A name that nothing answers for is no alias yet: NODATA, as CoreDNS has it.
    if (source.nodes === undefined) return { kind: 'nothing', owner, records: [] };
    const rest = this.#at(source, path);
    return { ...rest, records: [cname, ...rest.records] };
  }
}

const WANTED: ReadonlyMap<number, Wanted> = new Map([
  [TYPE.A, TRAIT.ipv4],
  [TYPE.AAAA, TRAIT.ipv6],
  [TYPE.TXT, TRAIT.text],
  [TYPE.HTTPS, TRAIT.declared],
]);

/** What a question looks at besides names that lead on, which are never left out. */
export function wantedBy(type: number): Wanted {
  return WANTED.get(type) ?? ANY_TRAIT;
}
