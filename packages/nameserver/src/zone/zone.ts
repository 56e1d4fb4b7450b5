import {
  type Batch,
  type Entry,
  isWithin,
  type Key,
  keyOf,
  type Listing,
  labelsOf,
  type OwnerName,
  pathOfKey,
} from '@callsign/catalog';
import { NO_NODE, type NodeId, ROOT } from '../tree/name-tree.ts';
import { Node } from './node.ts';
import { type ReadValue, readRecord, readValue, type ZoneRecord } from './record.ts';
import { isRegistration, Registered, type Registration } from './registered.ts';
import { ReverseIndex, reverseOf } from './reverse.ts';
import { ServiceNames } from './service-names.ts';
import { traitsOf } from './traits.ts';
import { Tree } from './tree.ts';

export interface ZoneOptions {
  /** The names that we are authoritative for. */
  readonly domains: readonly OwnerName[];
  /** Seconds for values that have none of their own. */
  readonly ttl: number;
  /** Seconds that NODATA and NXDOMAIN may be remembered (RFC 2308). */
  readonly negativeTtl: number;
  /** True for names in these domains that a static zone answers for, at least for some clients. */
  readonly elsewhere?: (name: OwnerName) => boolean;
  /** The names below which somebody else answers: they exist, and so do those above them. */
  readonly apexes?: readonly OwnerName[];
  /** What `local.dns` below each of them stands for: the name of this very server. */
  readonly local?: OwnerName;
  /** True: any name below a service's own answers as the service does. */
  readonly catchAll?: boolean;
  /** Told of each value that cannot be served; it is left out and the rest is served. */
  readonly onRefused: (key: Key, error: unknown) => void;
}

export interface Nearest {
  readonly node: Node;
  /** How many labels from the right were found. */
  readonly found: number;
}

const REVERSE = 'arpa';

/**
 * All that we are authoritative for, as one tree of labels from the root. Built aside from a full list, then
 * changed in place by whole batches: one thread does both, so no question ever sees half of a batch.
 */
export class Zone {
  readonly options: ZoneOptions;
  readonly root: Node;
  readonly #tree: Tree;
  readonly reverse: ReverseIndex;
  readonly registered = new Registered();
  readonly #services: ServiceNames | undefined;
  readonly #prefixes: readonly string[];
  readonly #between: ReadonlySet<OwnerName>;
  #revision = 0;
  #size = 0;

  constructor(
    options: ZoneOptions,
    tree = new Tree((name, value) => readRecord(name, value, options.ttl)),
    reverse = new ReverseIndex(options.domains, tree),
    services = options.catchAll === true ? new ServiceNames(tree) : undefined,
  ) {
    this.options = options;
    this.#tree = tree;
    this.root = new Node(tree, ROOT);
    this.reverse = reverse;
    this.#services = services;
    this.#prefixes = [REVERSE, ...options.domains.map(keyOf)];
    const zones = [...options.domains, ...(options.apexes ?? [])];
    this.#between = new Set(zones.flatMap(namesAbove).filter((name) => this.domainOf(name) !== undefined));
  }

  static of(listing: Listing, options: ZoneOptions): Zone {
    const zone = new Zone(options);
    zone.add(listing);
    return zone;
  }

  /** Takes up what a store lists, which may come page by page. */
  add({ entries, revision }: Listing): void {
    for (const entry of entries) this.#put(entry);
    this.#revision = revision;
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

  /** True for names above a zone of ours in another one: they exist with it, whether anything is stored there or not (RFC 8020). */
  isBetween(name: OwnerName): boolean {
    return this.#between.has(name);
  }

  /** The domain of a name that a record points at; none where another zone of ours answers for it. */
  domainBehind(target: OwnerName): OwnerName | undefined {
    return this.options.elsewhere?.(target) ? undefined : this.domainOf(target);
  }

  /** The node of a name, or the nearest one above it. */
  closest(labels: readonly string[]): Nearest {
    const { node, found } = this.#tree.closest(labels.toReversed());
    return { node: new Node(this.#tree, node), found };
  }

  /** The nearest name at or above this one that a service goes by, and that has more than `depth` labels. */
  serviceAbove(labels: readonly string[], depth: number): Node | undefined {
    const { node, found } = this.#tree.closest(labels.toReversed());
    const service = this.#services?.nearest(node, found - depth) ?? NO_NODE;
    return service === NO_NODE ? undefined : new Node(this.#tree, service);
  }

  /** True for keys of names in our domains, and of reverse names. */
  serves(key: Key): boolean {
    return this.#prefixes.some(
      (prefix) => key.startsWith(prefix) && (key.length === prefix.length || key[prefix.length] === '/'),
    );
  }

  /** Every record, in no particular order. */
  records(): ZoneRecord[] {
    return this.root.records();
  }

  /** What it answers now, for whoever needs time to go through it: it stays as it is while this one changes. */
  copy(): Zone {
    const tree = this.#tree.copy();
    const copy = new Zone(this.options, tree, this.reverse.copy(tree), this.#services?.copy(tree));
    copy.#revision = this.#revision;
    copy.#size = this.#size;
    return copy;
  }

  /** It is served no longer. */
  retire(): void {
    this.#tree.retire();
  }

  #put(entry: Entry): void {
    if (!this.serves(entry.key)) return;
    try {
      const path = pathOfKey(entry.key);
      const value = readValue(entry.value);
      this.#replace(this.#tree.grow(path), path.length, entry, value);
    } catch (error) {
      this.options.onRefused(entry.key, error);
      this.#delete(entry.key);
    }
  }

  #delete(key: Key): void {
    const path = key.split('/');
    const { node, found } = this.#tree.closest(path);
    if (found < path.length || this.#take(node) === undefined) return;
    this.#tree.put(node, undefined);
    this.#tree.prune(node);
  }

  #replace(node: NodeId, depth: number, entry: Entry, value: ReadValue): void {
    this.#take(node);
    this.#tree.put(node, { entry, traits: traitsOf(value), reverse: reverseOf(value) });
    this.reverse.add(node, value);
    this.#services?.count(node, value, depth, 1);
    if (isRegistration(value)) this.registered.add(this.#tree.record(node) as Registration);
    this.#size += 1;
  }

  /** What is known of a record elsewhere goes before the record does. */
  #take(node: NodeId): ZoneRecord | undefined {
    const record = this.#tree.record(node);
    if (record === undefined) return undefined;
    this.reverse.remove(node, record);
    this.#services?.count(node, record, record.depth, -1);
    this.registered.remove(record);
    this.#size -= 1;
    return record;
  }
}

function namesAbove(name: OwnerName): OwnerName[] {
  const labels = labelsOf(name);
  return labels.slice(1).map((_, at) => `${labels.slice(at + 1).join('.')}.`);
}
