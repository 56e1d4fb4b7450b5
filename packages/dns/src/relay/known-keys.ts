/** Bytes of answers for each counter, about: so few are in use that one name in a thousand looks known that is not. */
const SHARE = 8;
const [LEAST, MOST] = [1 << 16, 1 << 24];
/** 2^32 by the golden ratio: spreads what a hash has in its lower bits over the upper ones. */
const GOLDEN = 0x9e37_79b1;

/**
 * Which questions are under way or answered somewhere in this process, as all of its threads see it: counters in shared
 * memory, two for each key, by its hash (a counting Bloom filter). What is known may look so for a while longer, or for another's sake;
 * then the main thread answers what a thread could have asked.
 */
export class KnownKeys {
  readonly memory: SharedArrayBuffer;
  readonly #counters: Uint8Array;
  readonly #mask: number;

  /** @param bytes of answers that there may be */
  static forAnswers(bytes: number): KnownKeys {
    const size = 2 ** Math.round(Math.log2(Math.max(1, bytes / SHARE)));
    return new KnownKeys(new SharedArrayBuffer(Math.min(MOST, Math.max(LEAST, size))));
  }

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#counters = new Uint8Array(memory);
    this.#mask = this.#counters.length - 1;
  }

  /** @param hash of a ForwardedKey */
  has(hash: number): boolean {
    const counters = this.#counters;
    return (
      Atomics.load(counters, hash & this.#mask) !== 0 && Atomics.load(counters, this.#second(hash)) !== 0
    );
  }

  add(hash: number): void {
    Atomics.add(this.#counters, hash & this.#mask, 1);
    Atomics.add(this.#counters, this.#second(hash), 1);
  }

  /** Undoes one `add`. */
  remove(hash: number): void {
    Atomics.sub(this.#counters, hash & this.#mask, 1);
    Atomics.sub(this.#counters, this.#second(hash), 1);
  }

  #second(hash: number): number {
    return (Math.imul(hash, GOLDEN) >>> 8) & this.#mask;
  }
}
