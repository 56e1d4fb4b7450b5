import { strict as assert } from 'node:assert';
import { getHeapStatistics } from 'node:v8';
import { giveBackMemory } from '../src/memory.ts';

const MIB = 1 << 20;

/** Objects that live long enough for the engine to take room for them, and are then nobody's. */
function litter(): void {
  const kept: object[] = [];
  for (let at = 0; at < 500_000; at += 1) kept.push({ at, text: `${at}` });
}

describe('memory', () => {
  it('gives back what was taken for objects that are gone', () => {
    giveBackMemory();
    const before = getHeapStatistics().total_physical_size;
    litter();
    assert.ok(getHeapStatistics().total_physical_size > before + 16 * MIB, 'there is nothing to give back');
    giveBackMemory();
    assert.ok(getHeapStatistics().total_physical_size < before + 4 * MIB);
  });
});
