import { type Batch, type Entry, isWithin, type Key, type Listing, type OwnerName } from '@callsign/catalog';
import { Node } from './node.ts';
import { type ZoneRecord, zoneRecord } from './record.ts';
import { Registered } from './registered.ts';
import { ReverseIndex } from './reverse.ts';

export interface ZoneOptions {
  /** The names that we are authoritative for. */
  readonly domains: readonly OwnerName[];
  /** Seconds for values that have none of their own. */
  readonly ttl: number;
  /** Seconds that NODATA and NXDOMAIN may be remembered (RFC 2308). */
  readonly negativeTtl: number;
  /** True for names in these domains that a static zone answers for, at least for some clients. */
  readonly elsewhere?: (name: OwnerName) => boolean;
  /** What `local.dns` below each of them stands for: the name of this very server. */
  readonly local?: OwnerName;
  /** Told of each value that cannot be served; it is left out and the rest is served. */
  readonly onRefused: (key: Key, error: unknown) => void;
}

const REVERSE = 'arpa';

/**
 * All that we are authoritative for, as one tree of labels from the root. Built aside from a full list, then
 * changed in place by whole batches: one thread does both, so no question ever sees half of a batch.
 */
export class Zone {
  readonly options: ZoneOptions;
  readonly root: Node;
  readonly reverse: ReverseIndex;
  readonly registered = new Registered();
  readonly #prefixes: readonly string[];
  #revision = 0;
  #size = 0;

  constructor(options: ZoneOptions, root = new Node('', undefined)) {
    this.options = options;
    this.root = root;
    this.reverse = new ReverseIndex(options.domains);
    this.#prefixes = options.domains.map((domain) => domain.slice(0, -1).split('.').toReversed().join('/'));
  }

  static of(listing: Listing, options: ZoneOptions): Zone {
    const zone = new Zone(options);
    for (const entry of listing.entries) zone.#put(entry);
    zone.#revision = listing.revision;
    return zone;
  }

  /** The store's revision that this zone shows; the SOA's serial. */
  get revision(): number {
    return this.#revision;
  }

  /** How many records it has. */
  get size(): number {
    return this.#size;
  }

  apply(batch: Batch): void {
    for (const change of batch.changes) {
      if (change.kind === 'put') this.#put(change.entry);
      else this.#delete(change.key);
    }
    this.#revision = batch.revision;
  }

  /** The most specific of our domains that a name is in. */
  domainOf(name: OwnerName): OwnerName | undefined {
    const around = this.options.domains.filter((domain) => isWithin(name, domain));
    return around.reduce<OwnerName | undefined>(
      (a, b) => (a !== undefined && a.length >= b.length ? a : b),
      undefined,
    );
  }

  isApex(name: OwnerName): boolean {
    return this.options.domains.includes(name);
  }

  /** The domain of a name that a record points at; none where another zone of ours answers for it. */
  domainBehind(target: OwnerName): OwnerName | undefined {
    return this.options.elsewhere?.(target) ? undefined : this.domainOf(target);
  }

  /** The node of a name, or the nearest one above it, and how many labels from the right were found. */
  closest(labels: readonly string[]): { readonly node: Node; readonly found: number } {
    let node = this.root;
    for (let found = 0; found < labels.length; found += 1) {
      const child = node.child(labels[labels.length - 1 - found] as string);
      if (child === undefined) return { node, found };
      node = child;
    }
    return { node, found: labels.length };
  }

  /** True for keys of names in our domains, and of reverse names. */
  serves(key: Key): boolean {
    return [REVERSE, ...this.#prefixes].some((prefix) => key === prefix || key.startsWith(`${prefix}/`));
  }

  /** Every record, in no particular order. */
  records(): ZoneRecord[] {
    const records: ZoneRecord[] = [];
    this.root.collect(records);
    return records;
  }

  /** What it answers now, for whoever needs time to go through it: it stays as it is while this one changes. */
  copy(): Zone {
    const copy = new Zone(this.options, this.root.copy(undefined));
    for (const record of this.#hasReverse ? this.records() : []) copy.reverse.add(record);
    copy.#revision = this.#revision;
    copy.#size = this.#size;
    return copy;
  }

  get #hasReverse(): boolean {
    return this.options.domains.some((domain) => isWithin(domain, `${REVERSE}.`));
  }

  #put(entry: Entry): void {
    if (!this.serves(entry.key)) return;
    try {
      const record = zoneRecord(entry, this.options.ttl);
      this.#set(entry.key, record);
    } catch (error) {
      this.options.onRefused(entry.key, error);
      this.#delete(entry.key);
    }
  }

  #set(key: Key, record: ZoneRecord): void {
    const node = key.split('/').reduce((above, label) => above.grow(label), this.root);
    this.#replace(node, record);
  }

  #delete(key: Key): void {
    const labels = key.split('/').toReversed();
    const { node, found } = this.closest(labels);
    if (found < labels.length || node.record === undefined) return;
    this.#replace(node, undefined);
    node.prune();
  }

  #replace(node: Node, record: ZoneRecord | undefined): void {
    const before = node.record;
    if (before !== undefined) {
      this.reverse.remove(before);
      this.registered.remove(before);
      this.#size -= 1;
    }
    node.put(record);
    if (record === undefined) return;
    this.reverse.add(record);
    this.registered.add(record);
    this.#size += 1;
  }
}
