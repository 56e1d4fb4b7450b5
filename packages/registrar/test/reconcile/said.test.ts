import assert from 'node:assert/strict';
import { fewOf, saidOf } from '../../src/reconcile/said.ts';

describe('what the log says of a container', () => {
  it('is never longer than a line should be', () => {
    const { container, name } = saidOf({ id: 'a'.repeat(64), name: `/${'x'.repeat(100_000)}` });
    assert.deepEqual([container, name.length, name.at(-1)], ['a'.repeat(12), 100, '…']);
    assert.equal(saidOf({ id: 'a', name: `/${'x'.repeat(99)}` }).name, `/${'x'.repeat(99)}`);
  });

  it('has each sentence once, and of many the first', () => {
    assert.deepEqual(fewOf(['a', 'b', 'a']), ['a', 'b']);
    const many = Array.from({ length: 100 }, (_, at) => `s${at}`);
    assert.deepEqual(fewOf(many), [...many.slice(0, 8), 'and 92 more']);
  });
});
