import assert from 'node:assert/strict';
import { LastList } from '../../src/reconcile/last-list.ts';

describe('the last list of the Engine', () => {
  for (const [what, first, next, known, expected] of [
    ['shows all when there was none', {}, { a: '1', b: '1' }, [], ['a', 'b']],
    ['shows none that stand as they stood', { a: '1', b: '1' }, { a: '1', b: '1' }, ['a', 'b'], []],
    [
      'shows what looks otherwise, and what is new',
      { a: '1', b: '1' },
      { a: '2', b: '1', c: '1' },
      [],
      ['a', 'c'],
    ],
    ['shows what is known and not there any more', { a: '1', b: '1' }, { b: '1' }, ['a', 'b'], ['a']],
    ['forgets what nobody knows', { a: '1' }, {}, [], []],
    ['shows what was never in a list, and is known', {}, { a: '1' }, ['heard of'], ['a', 'heard of']],
  ] as const) {
    it(what, () => {
      const last = new LastList();
      last.next(listOf(first), []);
      assert.deepEqual(last.next(listOf(next), known), expected);
    });
  }
});

function listOf(marks: Readonly<Record<string, string>>) {
  return Object.entries(marks).map(([id, mark]) => ({ id, mark }));
}
