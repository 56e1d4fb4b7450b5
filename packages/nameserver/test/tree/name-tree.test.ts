import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { NameTree, NO_NODE, type NodeId, ROOT } from '../../src/tree/name-tree.ts';

/** All names of a tree in its own order. */
function paths(tree: NameTree): string[] {
  const found: string[] = [];
  for (let node: NodeId = ROOT; node !== NO_NODE; node = tree.following(node, ROOT)) {
    found.push(tree.name(node));
  }
  return found;
}

/** Names as nested maps, as plainly as can be: what the tree is held against. */
type Model = Map<string, Model>;

function modelPaths(model: Model, above = ''): string[] {
  return [...model].flatMap(([label, below]) => {
    const path = `${label}.${above}`;
    return [path, ...modelPaths(below, path)];
  });
}

function grow(tree: NameTree, model: Model, path: readonly string[]): void {
  let node = ROOT;
  let at = model;
  for (const label of path) {
    const child = tree.child(node, label);
    assert.equal(child === NO_NODE, !at.has(label));
    node = child === NO_NODE ? tree.add(node, label) : child;
    if (!at.has(label)) at.set(label, new Map());
    at = at.get(label) as Model;
  }
}

function cutLeaf(tree: NameTree, model: Model, path: readonly string[]): void {
  let node = ROOT;
  let at = model;
  for (const label of path.slice(0, -1)) {
    node = tree.child(node, label);
    at = at.get(label) ?? new Map();
  }
  const label = path.at(-1) as string;
  if (at.get(label)?.size !== 0) return;
  at.delete(label);
  tree.remove(tree.child(node, label));
}

describe('name tree', () => {
  it('has the names that were added and not removed, in the order in which they came', () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'web', '*', 'x'.repeat(63)), {
      minLength: 1,
      maxLength: 4,
    });
    const steps = fc.array(fc.tuple(fc.boolean(), path), { maxLength: 80 });
    fc.assert(
      fc.property(steps, (all) => {
        const tree = new NameTree();
        const model: Model = new Map();
        for (const [grows, each] of all) (grows ? grow : cutLeaf)(tree, model, each);
        assert.deepEqual(paths(tree), ['', ...modelPaths(model)]);
        assert.deepEqual(paths(tree.copy()), paths(tree));
      }),
    );
  });

  it('tells a name that came in the place of another one from it', () => {
    const tree = new NameTree();
    const [left, right] = [tree.add(ROOT, 'left'), tree.add(ROOT, 'right')];
    const gone = tree.add(left, 'gone');
    assert.equal(tree.isWithin(gone, left), true);
    tree.remove(gone);
    assert.equal(tree.isWithin(gone, left), false);
    assert.equal(tree.add(right, 'new'), gone, 'numbers are used again');
    assert.equal(tree.isWithin(gone, left), false);
  });

  it('shows a copy nothing of what comes later', () => {
    const tree = new NameTree();
    const copy = tree.copy();
    tree.add(tree.add(ROOT, 'a'), 'b');
    assert.deepEqual(paths(copy), ['']);
    copy.add(ROOT, 'c');
    assert.deepEqual(
      [paths(tree), paths(copy)],
      [
        ['', 'a.', 'b.a.'],
        ['', 'c.'],
      ],
    );
  });
});
