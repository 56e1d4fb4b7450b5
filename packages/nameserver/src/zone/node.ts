import { Stamped } from '@callsign/dns';
import type { ZoneRecord } from './record.ts';

/** One name of the tree. What is made from it holds until something changes at this name or below it. */
export class Node extends Stamped {
  readonly label: string;
  readonly parent: Node | undefined;
  record: ZoneRecord | undefined;
  #children: Map<string, Node> | undefined;

  constructor(label: string, parent: Node | undefined) {
    super();
    this.label = label;
    this.parent = parent;
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
    copy.record = this.record;
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

  /** Marks this name and all its ancestors as changed: the cost is the depth, whatever stands beside. */
  touch(): void {
    for (let node: Node | undefined = this; node !== undefined; node = node.parent) node.changed();
  }

  /** Adds all records at and below this name. */
  collect(into: ZoneRecord[]): void {
    if (this.record !== undefined) into.push(this.record);
    for (const child of this.children()) child.collect(into);
  }
}
