import { ORIGIN, PACKET } from './origin.ts';

/**
 * Questions that may wait for the main thread, a power of two; those beyond are dropped and counted, as a full socket
 * would drop them.
 */
const SLOTS = 1_024;
const HEAD = 0;
const TAIL = 1;
const DROPPED = 2;
const COUNTERS = 64;
const SLOT = 4 + ORIGIN + PACKET;

/**
 * A ring in shared memory through which one worker hands the main thread what it does not answer itself: each slot
 * has an origin and a packet. One writer, one reader; neither ever waits for the other.
 */
export class Handover {
  readonly memory: SharedArrayBuffer;
  readonly #counters: Int32Array;
  readonly #bytes: Buffer;

  constructor(memory = new SharedArrayBuffer(COUNTERS + SLOTS * SLOT)) {
    this.memory = memory;
    this.#counters = new Int32Array(memory, 0, 3);
    this.#bytes = Buffer.from(memory, COUNTERS);
  }

  /**
   * Room for one more: `write` puts an origin at its offset and a packet behind it and returns the packet's length.
   * @returns false when the ring is full
   */
  push(write: (into: Buffer, offset: number) => number): boolean {
    const head = Atomics.load(this.#counters, HEAD);
    // Both counters run over at 32 bits, and their difference does not mind.
    if (((head - Atomics.load(this.#counters, TAIL)) | 0) >= SLOTS) {
      Atomics.add(this.#counters, DROPPED, 1);
      return false;
    }
    const slot = slotOf(head);
    this.#bytes.writeUInt32LE(write(this.#bytes, slot + 4), slot);
    Atomics.store(this.#counters, HEAD, head + 1);
    Atomics.notify(this.#counters, HEAD);
    return true;
  }

  /** Takes up to `most`. @returns how many there were */
  take(most: number, each: (origin: Buffer, packet: Buffer) => void): number {
    const tail = Atomics.load(this.#counters, TAIL);
    const count = Math.min(most, (Atomics.load(this.#counters, HEAD) - tail) | 0);
    for (let at = 0; at < count; at += 1) {
      const slot = slotOf(tail + at);
      const packet = slot + 4 + ORIGIN;
      const length = this.#bytes.readUInt32LE(slot);
      each(this.#bytes.subarray(slot + 4, packet), this.#bytes.subarray(packet, packet + length));
    }
    Atomics.store(this.#counters, TAIL, tail + count);
    return count;
  }

  /** How many there was no room for. */
  get dropped(): number {
    return Atomics.load(this.#counters, DROPPED) >>> 0;
  }

  /** Resolves when there is something to take, or `wake` was called. */
  async waiting(): Promise<void> {
    const tail = Atomics.load(this.#counters, TAIL);
    const { async, value } = Atomics.waitAsync(this.#counters, HEAD, tail);
    if (async) await value;
  }

  wake(): void {
    Atomics.notify(this.#counters, HEAD);
  }
}

function slotOf(counter: number): number {
  return (counter & (SLOTS - 1)) * SLOT;
}
