import assert from 'node:assert/strict';
import { limitFor } from '../src/embedded/journal.ts';

const MIB = 1 << 20;
/** The largest file that Node reads at once, in bytes. */
const READABLE = 2 ** 31 - 1;

describe('how far a journal grows before it is rewritten', () => {
  for (const [size, limit] of [
    [0, MIB],
    [MIB, 4 * MIB],
    [100 * MIB, 400 * MIB],
  ] as const) {
    it(`from ${size / MIB} MiB to ${limit / MIB} MiB`, () => assert.equal(limitFor(size), limit));
  }

  for (const size of [400, 600, 1_200, 1_500]) {
    it(`from ${size} MiB to what can be read again at the next start`, () => {
      const limit = limitFor(size * MIB);
      assert.ok(limit > size * MIB);
      assert.ok(limit + 256 * MIB < READABLE, `${limit / MIB} MiB`);
    });
  }
});
