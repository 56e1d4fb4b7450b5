import { isWithin, labelsOf, type OwnerName } from '@callsign/catalog';
import { reverseName } from '@callsign/dns';
import { type Cells, HASH_SEED, HashIndex, hashedText, type Indexed } from '../tree/hash-index.ts';
import { NO_NODE, type NodeId, ROOT } from '../tree/name-tree.ts';
import type { ReadValue, ZoneRecord } from './record.ts';
import type { Tree } from './tree.ts';

/** What a record without a reverse name has instead of its hash. */
const NO_REVERSE = 0;
const IPV4_ENDING = '.in-addr.arpa.';

/**
 * Finds the records of an address by the name that its PTR is asked under. A registrar's alias is no name of the
 * address: it would be told for the container's own one every other time.
 */
export class ReverseIndex {
  readonly #domains: readonly OwnerName[];
  readonly #tree: Tree;
  /** The hash of the name that each record is found by. */
  readonly #hashes: Cells;
  #index: HashIndex;
  /** How many of those names are below a name that is in a reverse domain of ours. */
  #below = new Map<OwnerName, number>();

  /** @param domains what we are authoritative for: where a name exists when there is one below it (RFC 8020) */
  constructor(domains: readonly OwnerName[], tree: Tree) {
    this.#domains = domains.filter((domain) => isWithin(domain, 'arpa.'));
    this.#tree = tree;
    this.#hashes = tree.noted('reverse');
    this.#index = new HashIndex(this.#indexed());
  }

  /** The same index of a copy of the tree. */
  copy(tree: Tree): ReverseIndex {
    const copy = new ReverseIndex(this.#domains, tree);
    copy.#index = this.#index.copy(copy.#indexed());
    copy.#below = new Map(this.#below);
    return copy;
  }

  /** Takes up the record that was put at a node. */
  add(node: NodeId, value: ReadValue): void {
    const hash = this.#hashes.get(node);
    if (hash === NO_REVERSE) return;
    this.#count(value, 1);
    this.#index.add(node, hash);
  }

  /** Gives up the record that is still at a node. */
  remove(node: NodeId, record: ZoneRecord): void {
    const hash = this.#hashes.get(node);
    if (hash === NO_REVERSE) return;
    this.#index.remove(node, hash);
    this.#count(record, -1);
  }

  /** Every name that the address of a record is asked for with, once; they are looked for as they are taken. */
  *names(): Generator<OwnerName> {
    const known = new Set<OwnerName>();
    for (let node = ROOT; node <= this.#tree.names.last; node += 1) {
      const record = this.#hashes.get(node) === NO_REVERSE ? undefined : this.#tree.record(node);
      const name = record && (reverseName(record.host) as OwnerName);
      if (name === undefined || known.has(name)) continue;
      known.add(name);
      yield name;
    }
  }

  /** The records whose address is asked for with this name. */
  *find(name: OwnerName): Generator<ZoneRecord> {
    const hash = reverseHash(name);
    for (let node = this.#index.first(hash); node !== NO_NODE; node = this.#index.next(node)) {
      const record = this.#hashes.get(node) === hash ? this.#tree.record(node) : undefined;
      if (record !== undefined && reverseName(record.host) === name) yield record;
    }
  }

  /** True for a name in a reverse domain of ours that has names of addresses below it. */
  isAbove(name: OwnerName): boolean {
    return this.#below.has(name);
  }

  /** Any number of names may have one address. */
  #indexed(): Indexed {
    return {
      hashOf: (node) => this.#hashes.get(node),
      next: this.#tree.noted('nextReverse'),
      previous: this.#tree.noted('previousReverse'),
    };
  }

  /** Counts the name of a record's address, unless that of another one is the same. */
  #count({ host }: ReadValue, step: 1 | -1): void {
    if (this.#domains.length === 0) return;
    const name = reverseName(host) as OwnerName;
    const domain = this.#domains.find((each) => isWithin(name, each));
    if (domain === undefined || this.find(name).next().done === false) return;
    for (let above = name; above !== domain; ) {
      above = above.slice(above.indexOf('.') + 1);
      const count = (this.#below.get(above) ?? 0) + step;
      if (count === 0) this.#below.delete(above);
      else this.#below.set(above, count);
    }
  }
}

/** What a record is found by in the index: it is kept with its value. */
export function reverseOf({ kind, host, service }: ReadValue): number {
  if (service.callsign?.alias === true) return NO_REVERSE;
  if (kind === 'ipv4') return textHash(host);
  return kind === 'ipv6' ? textHash(reverseName(host) as OwnerName) : NO_REVERSE;
}

/** IPv4 addresses are found by their own text: that is at hand, where their names would have to be made. */
function reverseHash(name: OwnerName): number {
  if (!name.endsWith(IPV4_ENDING)) return textHash(name);
  return textHash(
    labelsOf(name.slice(0, -IPV4_ENDING.length + 1))
      .reverse()
      .join('.'),
  );
}

/** Never what stands for none. */
function textHash(text: string): number {
  const hash = hashedText(HASH_SEED, text);
  return hash === NO_REVERSE ? 1 : hash;
}
