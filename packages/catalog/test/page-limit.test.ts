import assert from 'node:assert/strict';
import { limitAfter, type Page } from '../src/etcd/page-limit.ts';

describe('the keys of the next page', () => {
  for (const [what, page, limit] of table()) {
    it(`are ${limit} after ${what}`, () => {
      assert.equal(limitAfter(page), limit);
    });
  }

  function table(): [what: string, page: Page, limit: number][] {
    return [
      ['a quick page of small keys: many more', { keys: 1_000, bytes: 100_000, ms: 20 }, 8_000],
      ['a page that took half of its time', { keys: 8_000, bytes: 800_000, ms: 500 }, 16_000],
      ['a page that took too long: fewer', { keys: 8_000, bytes: 800_000, ms: 4_000 }, 2_000],
      ['a full page: as many as fit', { keys: 40_000, bytes: 8_000_000, ms: 20 }, 16_912],
      ['a page of large keys: as many as fit', { keys: 10, bytes: 2 << 20, ms: 20 }, 19],
      ['a single key that is larger than a page', { keys: 1, bytes: 5 << 20, ms: 20 }, 1],
    ];
  }
});
