import { labelsOf, type OwnerName } from '@callsign/catalog';
import type { ResourceRecord } from '@callsign/dns';
import type { Node } from './node.ts';
import type { ZoneRecord } from './record.ts';
import { addressRecords, distinct, textRecords } from './rrsets.ts';
import { findSource, recordsOf, type Source } from './source.ts';
import type { Zone } from './zone.ts';

/** Where the names behind a name led. `records` has the CNAMEs on the way first. */
export type Chased = { readonly anchor: Node; readonly records: readonly ResourceRecord[] } & (
  | { readonly kind: 'found' | 'nothing' | 'loop' }
  | { readonly kind: 'outside'; readonly target: OwnerName }
);

type Chain = Omit<Chased, 'anchor'> & { readonly target?: OwnerName };

const MAX_STEPS = 10;

/** Follows name hosts inside our zones until they end in records of one type. */
export class Chase {
  readonly #zone: Zone;
  readonly #type: 'A' | 'AAAA' | 'TXT';
  #followed = false;

  constructor(zone: Zone, type: 'A' | 'AAAA' | 'TXT') {
    this.#zone = zone;
    this.#type = type;
  }

  run(source: Source): Chased {
    const chain = this.#at(source, []);
    // A chain depends on names that stand anywhere in the tree.
    return { ...chain, anchor: this.#followed ? this.#zone.root : source.anchor } as Chased;
  }

  /**
   * What a name holds itself, and what its name hosts lead to. A chain that leads to nothing, round in a circle
   * or out of our zones is told only where there is nothing better.
   */
  #at(source: Source, path: readonly OwnerName[]): Chain {
    const records = recordsOf(source);
    const own = this.#own(source.owner, records);
    const hosts = distinctHosts(records);
    const chains = hosts.map((record) => this.#follow(source.owner, record, [...path, source.owner]));
    const found = chains.filter(({ kind }) => kind === 'found').flatMap((chain) => chain.records);
    if (own.length + found.length > 0) return { kind: 'found', records: distinct([...found, ...own]) };
    const worth = (['outside', 'loop'] as const).map((kind) => chains.find((chain) => chain.kind === kind));
    return worth.find((chain) => chain !== undefined) ?? chains[0] ?? { kind: 'nothing', records: [] };
  }

  #own(owner: OwnerName, records: readonly ZoneRecord[]): ResourceRecord[] {
    return this.#type === 'TXT' ? textRecords(owner, records) : addressRecords(owner, records, this.#type);
  }

  #follow(owner: OwnerName, { host: target, ttl }: ZoneRecord, path: readonly OwnerName[]): Chain {
    this.#followed = true;
    const cname: ResourceRecord = { name: owner, ttl, type: 'CNAME', target };
    if (path.includes(target) || path.length > MAX_STEPS) return { kind: 'loop', records: [] };
    const domain = this.#zone.domainOf(target);
    if (domain === undefined) return { kind: 'outside', records: [cname], target };
    const source = findSource(this.#zone, target, labelsOf(target), domain);
    // A name that nothing answers for is no alias yet: NODATA, as CoreDNS has it.
    if (source.nodes === undefined) return { kind: 'nothing', records: [] };
    const rest = this.#at(source, path);
    return { ...rest, records: [cname, ...rest.records] };
  }
}

function distinctHosts(records: readonly ZoneRecord[]): ZoneRecord[] {
  const named = records.filter(({ kind }) => kind === 'name');
  return [...new Map(named.map((record) => [record.host, record])).values()];
}
