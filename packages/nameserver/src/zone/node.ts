import { Stamped } from '@callsign/dns';
import type { ZoneRecord } from './record.ts';

/**
 * One name of the tree. What is made from it holds until something changes at this name or below it. It knows how
 * many records there are at and below it, by what kind, so that a name with very many need not be walked to be known.
 */
export class Node extends Stamped {
  readonly label: string;
  readonly parent: Node | undefined;
  #record: ZoneRecord | undefined;
  #ipv4 = 0;
  #ipv6 = 0;
  #special = 0;
  #children: Map<string, Node> | undefined;

  constructor(label: string, parent: Node | undefined) {
    super();
    this.label = label;
    this.parent = parent;
  }

  get record(): ZoneRecord | undefined {
    return this.#record;
  }

  /** How many records at and below this name are addresses of this family. */
  count(family: 'ipv4' | 'ipv6'): number {
    return family === 'ipv4' ? this.#ipv4 : this.#ipv6;
  }

  /** True when no record at or below this name leads to another name or stands in a group: each means itself alone. */
  get isPlain(): boolean {
    return this.#special === 0;
  }

  /** Puts a record here, in place of the one that is here, or none; this name and all its ancestors have changed. */
  put(record: ZoneRecord | undefined): void {
    const before = this.#record;
    const more = (counts: (one: ZoneRecord | undefined) => boolean) =>
      Number(counts(record)) - Number(counts(before));
    const [ipv4, ipv6, special] = [more(isIpv4), more(isIpv6), more(isSpecial)];
    this.#record = record;
    for (let node: Node | undefined = this; node !== undefined; node = node.parent) {
      node.#ipv4 += ipv4;
      node.#ipv6 += ipv6;
      node.#special += special;
      node.changed();
    }
  }

  child(label: string): Node | undefined {
    return this.#children?.get(label);
  }

  /** True when nothing is below it. */
  get isLeaf(): boolean {
    return (this.#children?.size ?? 0) === 0;
  }

  children(): Iterable<Node> {
    return this.#children?.values() ?? [];
  }

  /** The child of this label, made when it is not there. */
  grow(label: string): Node {
    this.#children ??= new Map();
    let child = this.#children.get(label);
    if (child === undefined) {
      child = new Node(label, this);
      this.#children.set(label, child);
    }
    return child;
  }

  /** This name and all below it, for a tree of its own; the records are shared, for they never change. */
  copy(parent: Node | undefined): Node {
    const copy = new Node(this.label, parent);
    copy.#record = this.#record;
    copy.#ipv4 = this.#ipv4;
    copy.#ipv6 = this.#ipv6;
    copy.#special = this.#special;
    for (const child of this.children()) {
      copy.#children ??= new Map();
      copy.#children.set(child.label, child.copy(copy));
    }
    return copy;
  }

  /** Takes this name and every ancestor that thereby has nothing at or below it out of the tree. */
  prune(): void {
    if (this.record !== undefined || !this.isLeaf || this.parent === undefined) return;
    this.gone();
    this.parent.#children?.delete(this.label);
    this.parent.prune();
  }

  /** This name and all below it are served no longer. */
  retire(): void {
    this.gone();
    for (const child of this.children()) child.retire();
  }

  /** Adds all records at and below this name. */
  collect(into: ZoneRecord[]): void {
    if (this.record !== undefined) into.push(this.record);
    for (const child of this.children()) child.collect(into);
  }

  /** All records at and below this name, one after another; changes meanwhile are seen or not. */
  *walk(): Generator<ZoneRecord> {
    if (this.record !== undefined) yield this.record;
    for (const child of this.children()) yield* child.walk();
  }
}

function isIpv4(record: ZoneRecord | undefined): boolean {
  return record?.kind === 'ipv4';
}

function isIpv6(record: ZoneRecord | undefined): boolean {
  return record?.kind === 'ipv6';
}

function isSpecial(record: ZoneRecord | undefined): boolean {
  return record !== undefined && (record.kind === 'name' || record.service.group !== '');
}
