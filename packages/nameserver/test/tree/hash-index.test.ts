import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { Column } from '../../src/tree/column.ts';
import { HashIndex } from '../../src/tree/hash-index.ts';

function found(index: HashIndex, hash: number): number[] {
  const ids: number[] = [];
  for (let id = index.first(hash); id !== 0; id = index.next(id)) ids.push(id);
  return ids;
}

describe('hash index', () => {
  for (const [ways, previous] of [
    ['one way', false],
    ['both ways', true],
  ] as const) {
    it(`finds every number that is in it by its hash, and none that is not, with chains that go ${ways}`, () => {
      const hash = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer());
      fc.assert(
        fc.property(fc.array(hash, { maxLength: 300 }), fc.array(fc.nat(299)), (hashes, gone) => {
          const hashOf = (id: number) => hashes[id - 1] as number;
          const index = new HashIndex({
            hashOf,
            next: new Column(),
            ...(previous && { previous: new Column() }),
          });
          for (const [at, each] of hashes.entries()) index.add(at + 1, each);
          const removed = new Set(gone.filter((at) => at < hashes.length));
          for (const at of removed) index.remove(at + 1, hashes[at] as number);
          for (const [at, each] of hashes.entries())
            assert.equal(found(index, each).includes(at + 1), !removed.has(at));
        }),
      );
    });
  }

  it('grows with what it has, so that no chain gets long', () => {
    const spread = (id: number) => Math.imul(id, 0x9e_37_79_b1);
    const index = new HashIndex({ hashOf: spread, next: new Column() });
    for (let id = 1; id <= 10_000; id += 1) index.add(id, spread(id));
    const longest = Math.max(
      ...Array.from({ length: 10_000 }, (_, at) => found(index, spread(at + 1)).length),
    );
    assert.ok(longest < 16, `a chain of ${longest}`);
  });
});
