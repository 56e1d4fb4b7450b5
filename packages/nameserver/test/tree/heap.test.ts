import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { type Address, Heap, offsetOf } from '../../src/tree/heap.ts';

const MIB = 1 << 20;

function write(heap: Heap, text: Buffer): Address {
  const address = heap.allocate(text.length);
  text.copy(heap.chunkOf(address), offsetOf(address));
  return address;
}

function read(heap: Heap, address: Address, length: number): Buffer {
  const start = offsetOf(address);
  return heap.chunkOf(address).subarray(start, start + length);
}

describe('heap', () => {
  it('keeps every piece as it was written, whatever comes and goes beside it', () => {
    const length = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(1_000, MIB - 8, MIB, MIB + 1));
    const steps = fc.array(fc.oneof(length, fc.constant('free' as const)), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (all) => {
        const heap = new Heap();
        const kept: { readonly address: Address; readonly text: Buffer }[] = [];
        for (const [at, step] of all.entries()) {
          const text = Buffer.alloc(step === 'free' ? 0 : step, at + 1);
          const gone = step === 'free' ? kept.shift() : undefined;
          if (gone !== undefined) heap.free(gone.address, gone.text.length);
          if (step !== 'free') kept.push({ address: write(heap, text), text });
        }
        for (const { address, text } of kept) assert.ok(read(heap, address, text.length).equals(text));
      }),
      { numRuns: 100 },
    );
  });

  it('uses the room of a piece that is gone for the next one of about its length', () => {
    const heap = new Heap();
    const first = heap.allocate(20);
    heap.allocate(20);
    heap.free(first, 20);
    assert.notEqual(heap.allocate(50), first);
    assert.equal(heap.allocate(18), first);
  });

  it('never gives out 0, which means nowhere', () => {
    for (const length of [1, MIB - 8, MIB, 3 * MIB]) assert.notEqual(new Heap().allocate(length), 0);
  });

  it('is copied whole: neither sees what the other does later', () => {
    const heap = new Heap();
    const address = write(heap, Buffer.from('before'));
    const copy = heap.copy();
    heap.chunkOf(address).write('after!', offsetOf(address));
    assert.equal(read(copy, address, 6).toString(), 'before');
    assert.equal(copy.allocate(8), heap.allocate(8));
  });

  it('takes little room for what is let go for something longer again and again', () => {
    const heap = new Heap();
    let highest = 0;
    for (let bytes = 1; bytes < 1 << 16; bytes += 1) {
      const address = heap.allocate(bytes);
      highest = Math.max(highest, address);
      heap.free(address, bytes);
    }
    assert.ok(highest * Int32Array.BYTES_PER_ELEMENT < 1 << 21, `address ${highest}`);
  });
});
