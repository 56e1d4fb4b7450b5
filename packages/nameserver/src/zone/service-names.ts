import { Column } from '../tree/column.ts';
import { NO_NODE, type NodeId } from '../tree/name-tree.ts';
import { labelsBelowService, type ReadValue } from './record.ts';
import type { Tree } from './tree.ts';

/** Which names services go by: how many records there are of the service at each. */
export class ServiceNames {
  readonly #tree: Tree;
  readonly #counts: Column;

  constructor(tree: Tree, counts = new Column()) {
    this.#tree = tree;
    this.#counts = counts;
  }

  /** The same of a copy of the tree. */
  copy(tree: Tree): ServiceNames {
    return new ServiceNames(tree, this.#counts.copy());
  }

  /** A record has come to a node, or goes from it. */
  count(node: NodeId, { service }: ReadValue, depth: number, step: 1 | -1): void {
    this.#counts.add(this.#above(node, labelsBelowService(service, depth)), step);
  }

  /** The nearest one among a node and those above it, `most` names in all; none without a service. */
  nearest(node: NodeId, most: number): NodeId {
    let at = node;
    for (let left = most; left > 0; left -= 1) {
      if (this.#counts.get(at) > 0) return at;
      at = this.#tree.names.parent(at);
    }
    return NO_NODE;
  }

  #above(node: NodeId, steps: number): NodeId {
    let at = node;
    for (let left = steps; left > 0; left -= 1) at = this.#tree.names.parent(at);
    return at;
  }
}
