import assert from 'node:assert/strict';
import { Handover } from '../src/batch/handover.ts';
import { ORIGIN } from '../src/batch/origin.ts';

const SLOTS = 1_024;

/** A ring of which so many slots have been used and given back already, as 32 bits tell it. */
function ringAt(counter: number): Handover {
  const { memory } = new Handover();
  new Int32Array(memory, 0, 2).fill(counter);
  return new Handover(memory);
}

function push(ring: Handover, number: number): boolean {
  return ring.push((into, offset) => {
    into.writeUInt32LE(number, offset + ORIGIN);
    return 4;
  });
}

function taken(ring: Handover, most: number): number[] {
  const numbers: number[] = [];
  ring.take(most, (_origin, packet) => numbers.push(packet.readUInt32LE(0)));
  return numbers;
}

describe('the ring by which a worker hands questions over', () => {
  for (const [when, counter] of [
    ['at its beginning', 0],
    ['where its counters change their sign', 2 ** 31 - 10],
    ['where they run over', -10],
  ] as const) {
    it(`has room for ${SLOTS}, ${when}, and gives them back in their order`, () => {
      const ring = ringAt(counter);
      const numbers = Array.from({ length: SLOTS }, (_, at) => at);
      for (const number of numbers) assert.equal(push(ring, number), true, `${number}`);
      assert.equal(push(ring, SLOTS), false);
      assert.equal(new Handover(ring.memory).dropped, 1);
      assert.deepEqual(taken(ring, 20), numbers.slice(0, 20));
      assert.equal(push(ring, SLOTS), true);
      assert.deepEqual(taken(ring, 2 * SLOTS), [...numbers.slice(20), SLOTS]);
      assert.deepEqual(taken(ring, 1), []);
    });
  }
});
