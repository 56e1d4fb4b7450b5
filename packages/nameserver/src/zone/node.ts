import type { ZoneRecord } from './record.ts';

/**
 * One name of the tree. `version` rises with every change at this name or below it: whatever was derived from
 * this subtree is still true as long as the version is the same.
 */
export class Node {
  readonly label: string;
  readonly parent: Node | undefined;
  record: ZoneRecord | undefined;
  version = 0;
  #children: Map<string, Node> | undefined;

  constructor(label: string, parent: Node | undefined) {
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

  /** Takes this name and every ancestor that thereby has nothing at or below it out of the tree. */
  prune(): void {
    if (this.record !== undefined || !this.isLeaf || this.parent === undefined) return;
    this.parent.#children?.delete(this.label);
    this.parent.prune();
  }

  /** Marks this name and all its ancestors as changed: the cost is the depth, whatever stands beside. */
  touch(): void {
    for (let node: Node | undefined = this; node !== undefined; node = node.parent) node.version += 1;
  }

  /** Adds all records at and below this name. */
  collect(into: ZoneRecord[]): void {
    if (this.record !== undefined) into.push(this.record);
    for (const child of this.children()) child.collect(into);
  }
}
