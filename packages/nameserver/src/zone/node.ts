import type { Anchor, Stamps } from '@callsign/dns';
import { NO_NODE, type NodeId } from '../tree/name-tree.ts';
import type { ZoneRecord } from './record.ts';
import { ANY_TRAIT, type Trait } from './traits.ts';
import type { Tree } from './tree.ts';

/**
 * One name of the tree, to look at while a question is answered: the next change may take it away. What is made from
 * it holds until something changes at this name or below it.
 */
export class Node implements Anchor {
  readonly #tree: Tree;
  readonly #id: NodeId;

  constructor(tree: Tree, id: NodeId) {
    this.#tree = tree;
    this.#id = id;
  }

  get label(): string {
    return this.#tree.names.label(this.#id);
  }

  get record(): ZoneRecord | undefined {
    return this.#tree.record(this.#id);
  }

  /** How many records at and below this name have this trait. */
  count(trait: Trait): number {
    return this.#tree.count(this.#id, trait);
  }

  /** True when no record at or below this name leads to another name or stands in a group: each means itself alone. */
  get isPlain(): boolean {
    return this.count('special') === 0;
  }

  /** True when nothing is below it. */
  get isLeaf(): boolean {
    return this.#tree.isLeaf(this.#id);
  }

  /** True for the other one itself and for every name below it. */
  isWithin(top: Node): boolean {
    return this.#tree.names.isWithin(this.#id, top.#id);
  }

  child(label: string): Node | undefined {
    return this.#node(this.#tree.names.child(this.#id, label));
  }

  *children(): Generator<Node> {
    const { names } = this.#tree;
    for (let id = names.firstChild(this.#id); id !== NO_NODE; id = names.nextSibling(id))
      yield new Node(this.#tree, id);
  }

  /** The records at and below this name that have one of these traits, parents first. */
  records(traits = ANY_TRAIT): ZoneRecord[] {
    const tree = this.#tree;
    const found: ZoneRecord[] = [];
    for (let id = this.#id; id !== NO_NODE; id = tree.names.following(id, this.#id)) {
      if (tree.has(id, traits)) found.push(tree.record(id) as ZoneRecord);
    }
    return found;
  }

  /**
   * Some of the records at and below this name: those that come after the last sample's, so that each has its turn.
   * Costs what it gives back, however many there are.
   */
  sample(traits: number, most: number): ZoneRecord[] {
    const tree = this.#tree;
    const found: ZoneRecord[] = [];
    let id = tree.told(this.#id);
    for (let rounds = 0; found.length < most && rounds < 2; ) {
      id = id === NO_NODE ? this.#id : tree.names.following(id, this.#id);
      if (id === NO_NODE) rounds += 1;
      else if (tree.has(id, traits)) found.push(tree.record(id) as ZoneRecord);
    }
    tree.tell(this.#id, id);
    return found;
  }

  stamp(stamps: Stamps): number {
    return this.#tree.stamp(this.#id, stamps);
  }

  #node(id: NodeId): Node | undefined {
    return id === NO_NODE ? undefined : new Node(this.#tree, id);
  }
}
