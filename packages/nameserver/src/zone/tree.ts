import type { Entry, OwnerName } from '@callsign/catalog';
import type { Stamps } from '@callsign/dns';
import { Column } from '../tree/column.ts';
import type { Cells } from '../tree/hash-index.ts';
import type { Address } from '../tree/heap.ts';
import { NameTree, NO_NODE, type NodeId, ROOT } from '../tree/name-tree.ts';
import { Counts } from './counts.ts';
import type { ZoneRecord } from './record.ts';
import { ANY_TRAIT, TRAIT, type Trait } from './traits.ts';
import { type Kept, type Noted, Values } from './values.ts';

const NOTHING: Address = 0;
const NO_STAMP = 0;

/** The labels from the root to a name, and the nodes at them. */
interface Trail {
  readonly path: readonly string[];
  readonly nodes: readonly NodeId[];
}

const NO_TRAIL: Trail = { path: [], nodes: [] };

type ReadValue = (name: OwnerName, value: Omit<Entry, 'key'>) => ZoneRecord;

/**
 * Names and the values that stand at them, with the counts and the stamps that go with every change of them. A name
 * is a number here: all of it is columns of numbers and a heap of bytes.
 */
export class Tree {
  readonly names: NameTree;
  readonly #read: ReadValue;
  readonly #values: Values;
  readonly #counts: Counts;
  /**
   * The address of a name's value or, negated, that of its counts, which then know the value. A name without a value
   * and with one child has no counts of its own: they are those of the child.
   */
  #keptAt = new Column();
  readonly #stampAt = new Column();
  /** How far the records of names that have very many have been told; absent: from the first on, each time. */
  #told: Map<NodeId, NodeId> | undefined = new Map();
  #stamps: Stamps | undefined;
  /** To the name that was grown last: a list comes in order, so that most of the next name's way is the same. */
  #trail: Trail = NO_TRAIL;

  /** @param read what a value means, which was put here only because it can be read */
  constructor(read: ReadValue, names = new NameTree()) {
    this.#read = read;
    this.names = names;
    this.#values = new Values(names.heap);
    this.#counts = new Counts(names.heap);
  }

  /** The same names and values; nothing that is made from them is kept yet, and the same is told of it each time. */
  copy(): Tree {
    const copy = new Tree(this.#read, this.names.copy());
    copy.#keptAt = this.#keptAt.copy();
    copy.#told = undefined;
    return copy;
  }

  /** The node of these labels or the nearest one above it, and how many labels were found. */
  closest(path: readonly string[]): { readonly node: NodeId; readonly found: number } {
    let node = ROOT;
    for (const [found, label] of path.entries()) {
      const child = this.names.child(node, label);
      if (child === NO_NODE) return { node, found };
      node = child;
    }
    return { node, found: path.length };
  }

  /** The node of these labels, made with all above it where it is not there. */
  grow(path: readonly string[]): NodeId {
    const nodes = this.#trail.nodes.slice(0, shared(path, this.#trail.path));
    let node = nodes.at(-1) ?? ROOT;
    for (let at = nodes.length; at < path.length; at += 1) {
      node = this.#growChild(node, path[at] as string);
      nodes.push(node);
    }
    this.#trail = { path, nodes };
    return node;
  }

  #growChild(parent: NodeId, label: string): NodeId {
    const leaf = this.isLeaf(parent);
    const child = leaf ? NO_NODE : this.names.child(parent, label);
    if (child !== NO_NODE) return child;
    if (!leaf || this.hasValue(parent)) this.#count(parent);
    return this.names.add(parent, label);
  }

  hasValue(node: NodeId): boolean {
    return this.#valueAt(node) !== NOTHING;
  }

  isLeaf(node: NodeId): boolean {
    return this.names.firstChild(node) === NO_NODE;
  }

  record(node: NodeId): ZoneRecord | undefined {
    const value = this.#valueAt(node);
    if (value === NOTHING) return undefined;
    return this.#read(this.names.name(node), this.#values.read(value));
  }

  /** What the record at a name has, as bits; 0 without one. */
  traits(node: NodeId): number {
    return this.#note(node, 'traits');
  }

  /** True where a record stands that has one of these traits. */
  has(node: NodeId, traits: number): boolean {
    const value = this.#valueAt(node);
    return value !== NOTHING && (traits === ANY_TRAIT || (this.#values.get(value, 'traits') & traits) !== 0);
  }

  /** A number that is kept with the values: one for each name that has a value, 0 for the others. */
  noted(what: Noted): Cells {
    return {
      get: (node) => this.#note(node, what),
      set: (node, note) => this.#values.set(this.#valueAt(node), what, note),
    };
  }

  #note(node: NodeId, what: Noted): number {
    const value = this.#valueAt(node);
    return value === NOTHING ? 0 : this.#values.get(value, what);
  }

  /** Puts a value in place of what is there, or nothing: this name and all above it have changed. */
  put(node: NodeId, kept: Kept | undefined): void {
    if (kept !== undefined && !this.isLeaf(node)) this.#count(node);
    const before = this.#valueAt(node);
    this.#changed(node, this.traits(node), kept?.traits ?? 0);
    if (before !== NOTHING) this.#values.remove(before);
    this.#setValue(node, kept === undefined ? NOTHING : this.#values.add(kept));
  }

  /** Takes a name and every name above it that thereby has nothing at or below it out of the tree. */
  prune(node: NodeId): void {
    this.#trail = NO_TRAIL;
    let at = node;
    while (at !== ROOT && !this.hasValue(at) && this.isLeaf(at)) {
      const parent = this.names.parent(at);
      this.#gone(at);
      this.names.remove(at);
      at = parent;
    }
  }

  /** How many records with a trait there are at and below a name. */
  count(node: NodeId, trait: Trait): number {
    let at = node;
    while (this.#keptAt.get(at) === NOTHING && !this.isLeaf(at)) at = this.names.firstChild(at);
    const counts = this.#countsAt(at);
    if (counts !== NOTHING) return this.#counts.get(counts, trait);
    return Number((this.traits(at) & TRAIT[trait]) !== 0);
  }

  /** The record of a name that was told last; none after it is gone. */
  told(node: NodeId): NodeId {
    const told = this.#told?.get(node) ?? NO_NODE;
    return this.names.isWithin(told, node) ? told : NO_NODE;
  }

  tell(node: NodeId, told: NodeId): void {
    this.#told?.set(node, told);
  }

  /** The stamp of a name, taken when the first answer is kept: until then a change costs nothing. */
  stamp(node: NodeId, stamps: Stamps): number {
    if (this.#stamps !== undefined && this.#stamps !== stamps) this.retire();
    this.#stamps = stamps;
    if (this.#stampAt.get(node) === NO_STAMP) this.#stampAt.set(node, stamps.take());
    return this.#stampAt.get(node);
  }

  /** Nothing that was made from it is served any longer. */
  retire(): void {
    for (let node = ROOT; node <= this.names.last; node += 1) this.#release(node);
  }

  #changed(node: NodeId, before: number, after: number): void {
    for (let at = node; at !== NO_NODE; at = this.names.parent(at)) {
      const counts = this.#countsAt(at);
      if (counts !== NOTHING) this.#counts.change(counts, before, after);
      const stamp = this.#stampAt.get(at);
      if (stamp !== NO_STAMP) this.#stamps?.change(stamp);
    }
  }

  /** From now on it has counts of its own. */
  #count(node: NodeId): void {
    if (this.#countsAt(node) !== NOTHING) return;
    this.#keptAt.set(node, -this.#counts.add((trait) => this.count(node, trait), this.#valueAt(node)));
  }

  #gone(node: NodeId): void {
    this.#release(node);
    this.#told?.delete(node);
    const counts = this.#countsAt(node);
    if (counts !== NOTHING) this.#counts.remove(counts);
    this.#keptAt.set(node, NOTHING);
  }

  #valueAt(node: NodeId): Address {
    const at = this.#keptAt.get(node);
    return at < 0 ? this.#counts.value(-at) : at;
  }

  #setValue(node: NodeId, value: Address): void {
    const counts = this.#countsAt(node);
    if (counts === NOTHING) this.#keptAt.set(node, value);
    else this.#counts.setValue(counts, value);
  }

  #countsAt(node: NodeId): Address {
    const at = this.#keptAt.get(node);
    return at < 0 ? -at : NOTHING;
  }

  #release(node: NodeId): void {
    const stamp = this.#stampAt.get(node);
    if (stamp !== NO_STAMP) this.#stamps?.release(stamp);
    this.#stampAt.set(node, NO_STAMP);
  }
}

/** How many labels two paths begin with alike. */
function shared(path: readonly string[], other: readonly string[]): number {
  let count = 0;
  while (count < path.length && path[count] === other[count]) count += 1;
  return count;
}
