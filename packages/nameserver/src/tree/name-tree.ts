import { Column } from './column.ts';
import { HASH_SEED, HashIndex, hashed, hashedText, type Indexed } from './hash-index.ts';
import { type Address, Heap, offsetOf } from './heap.ts';

/** A name of the tree; numbers of names that are gone are used again. */
export type NodeId = number;

export const NO_NODE: NodeId = 0;
export const ROOT: NodeId = 1;

/**
 * The labels of names as a tree, in columns of numbers. A child is found by its label at the same cost however many
 * there are; children have the order in which they came.
 *
 *     node   parent  first child  next  previous  label
 *     1      0       2            0     1         ''
 *     2      1       3            0     2         'docker'
 */
export class NameTree {
  heap = new Heap();
  #parent = new Column();
  #first = new Column();
  #next = new Column();
  /** The first child's is the last one, so that the last one is found. */
  #previous = new Column();
  #label = new Column();
  #nextInIndex = new Column();
  /** Those that have siblings: an only child is found by its parent. */
  #byLabel = new HashIndex(this.#indexed());
  /** The last number that was ever given, and of those that are free the first, which leads on by `next`. */
  #last = ROOT;
  #free = NO_NODE;

  copy(): NameTree {
    const copy = new NameTree();
    copy.heap = this.heap.copy();
    copy.#parent = this.#parent.copy();
    copy.#first = this.#first.copy();
    copy.#next = this.#next.copy();
    copy.#previous = this.#previous.copy();
    copy.#label = this.#label.copy();
    copy.#nextInIndex = this.#nextInIndex.copy();
    copy.#byLabel = this.#byLabel.copy(copy.#indexed());
    copy.#last = this.#last;
    copy.#free = this.#free;
    return copy;
  }

  /** No number is greater. */
  get last(): NodeId {
    return this.#last;
  }

  parent(node: NodeId): NodeId {
    return this.#parent.get(node);
  }

  firstChild(node: NodeId): NodeId {
    return this.#first.get(node);
  }

  nextSibling(node: NodeId): NodeId {
    return this.#next.get(node);
  }

  child(parent: NodeId, label: string): NodeId {
    const first = this.#first.get(parent);
    if (first === NO_NODE) return NO_NODE;
    if (this.#isAlone(first)) return this.#isLabelled(first, label) ? first : NO_NODE;
    return this.#childAmongOthers(parent, label);
  }

  #childAmongOthers(parent: NodeId, label: string): NodeId {
    const index = this.#byLabel;
    const hash = hashOfLabel(parent, label);
    for (let node = index.first(hash); node !== NO_NODE; node = index.next(node)) {
      if (this.#parent.get(node) === parent && this.#isLabelled(node, label)) return node;
    }
    return NO_NODE;
  }

  /** A child that was not there. @param label printable ASCII, 63 bytes at most */
  add(parent: NodeId, label: string): NodeId {
    const node = this.#take();
    this.#parent.set(node, parent);
    this.#label.set(node, this.#store(label));
    this.#append(parent, node);
    if (this.#isAlone(node)) return node;
    const first = this.#first.get(parent);
    if (this.#next.get(first) === node) this.#byLabel.add(first, this.#hashOf(first));
    this.#byLabel.add(node, this.#hashOf(node));
    return node;
  }

  /** Takes a name out that has none below it. */
  remove(node: NodeId): void {
    const parent = this.#parent.get(node);
    if (!this.#isAlone(node)) this.#byLabel.remove(node, this.#hashOf(node));
    this.#unlink(node);
    const left = this.#first.get(parent);
    if (left !== NO_NODE && this.#isAlone(left)) this.#byLabel.remove(left, this.#hashOf(left));
    const label = this.#label.get(node);
    this.heap.free(label, 1 + (this.heap.chunkOf(label)[offsetOf(label)] as number));
    this.#parent.set(node, NO_NODE);
    this.#next.set(node, this.#free);
    this.#free = node;
  }

  label(node: NodeId): string {
    const address = this.#label.get(node);
    if (address === 0) return '';
    const chunk = this.heap.chunkOf(address);
    const start = offsetOf(address) + 1;
    return chunk.toString('latin1', start, start + (chunk[start - 1] as number));
  }

  /** The labels up to the root, each with its dot: an owner name. */
  name(node: NodeId): string {
    let name = '';
    for (let at = node; at !== ROOT; at = this.parent(at)) name += `${this.label(at)}.`;
    return name;
  }

  /** The node that comes after this one when all of a subtree are gone through, parents first; none at its end. */
  following(node: NodeId, top: NodeId): NodeId {
    const first = this.firstChild(node);
    if (first !== NO_NODE) return first;
    for (let at = node; at !== top; at = this.parent(at)) {
      const next = this.nextSibling(at);
      if (next !== NO_NODE) return next;
    }
    return NO_NODE;
  }

  /** False for a node that has been taken out, whatever became of its number unless it came back below `top`. */
  isWithin(node: NodeId, top: NodeId): boolean {
    let at = node;
    while (at !== NO_NODE && at !== top) at = this.parent(at);
    return at === top;
  }

  #isAlone(node: NodeId): boolean {
    return this.#previous.get(node) === node;
  }

  /** What `hashOfLabel` makes of its label. */
  #hashOf(node: NodeId): number {
    const address = this.#label.get(node);
    const chunk = this.heap.chunkOf(address);
    const start = offsetOf(address) + 1;
    const end = start + (chunk[start - 1] as number);
    let hash = hashed(HASH_SEED, this.#parent.get(node));
    for (let at = start; at < end; at += 1) hash = hashed(hash, chunk[at] as number);
    return hash;
  }

  #take(): NodeId {
    const node = this.#free;
    if (node === NO_NODE) {
      this.#last += 1;
      return this.#last;
    }
    this.#free = this.#next.get(node);
    return node;
  }

  /** A byte for the length, and the label. */
  #store(label: string): Address {
    const address = this.heap.allocate(1 + label.length);
    const chunk = this.heap.chunkOf(address);
    const start = offsetOf(address) + 1;
    chunk[start - 1] = label.length;
    for (let at = 0; at < label.length; at += 1) chunk[start + at] = label.charCodeAt(at);
    return address;
  }

  #isLabelled(node: NodeId, label: string): boolean {
    const address = this.#label.get(node);
    const chunk = this.heap.chunkOf(address);
    const start = offsetOf(address) + 1;
    if (chunk[start - 1] !== label.length) return false;
    for (let at = 0; at < label.length; at += 1) if (chunk[start + at] !== label.charCodeAt(at)) return false;
    return true;
  }

  #append(parent: NodeId, node: NodeId): void {
    const first = this.#first.get(parent);
    this.#next.set(node, NO_NODE);
    this.#first.set(node, NO_NODE);
    if (first === NO_NODE) {
      this.#first.set(parent, node);
      this.#previous.set(node, node);
      return;
    }
    const last = this.#previous.get(first);
    this.#next.set(last, node);
    this.#previous.set(node, last);
    this.#previous.set(first, node);
  }

  #unlink(node: NodeId): void {
    const parent = this.#parent.get(node);
    const first = this.#first.get(parent);
    const next = this.#next.get(node);
    const previous = this.#previous.get(node);
    if (node === first) this.#first.set(parent, next);
    else this.#next.set(previous, next);
    const heir = next === NO_NODE ? this.#first.get(parent) : next;
    if (heir !== NO_NODE) this.#previous.set(heir, previous);
  }

  #indexed(): Indexed {
    return { hashOf: (node) => this.#hashOf(node), next: this.#nextInIndex };
  }
}

/** Siblings have hashes of their own, and so have the same labels below different names. */
function hashOfLabel(parent: NodeId, label: string): number {
  return hashedText(hashed(HASH_SEED, parent), label);
}
