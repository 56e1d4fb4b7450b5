import { Column } from './column.ts';

const NONE = 0;

/** FNV-1a, 32 bits: what a hash begins with. */
export const HASH_SEED = 0x81_1c_9d_c5 | 0;

/** The hash of what was hashed so far and one more byte. */
export function hashed(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01_00_01_93);
}

/**
 * Finds numbers (from 1 on) by a hash of what they stand for: each bucket is a chain of them. It grows by one bucket
 * at a time, whose numbers come from one other, so that no call ever has to move them all (Litwin, "Linear Hashing",
 * 1980).
 */
export class HashIndex {
  readonly #hashOf: (id: number) => number;
  #heads = new Column();
  #next = new Column();
  #buckets = 1;
  #size = 0;

  /** @param hashOf what each number that is in it was added with: 32 bits */
  constructor(hashOf: (id: number) => number) {
    this.#hashOf = hashOf;
  }

  /** The same numbers for things that are copies of these. */
  copy(hashOf: (id: number) => number): HashIndex {
    const copy = new HashIndex(hashOf);
    copy.#heads = this.#heads.copy();
    copy.#next = this.#next.copy();
    copy.#buckets = this.#buckets;
    copy.#size = this.#size;
    return copy;
  }

  add(id: number, hash: number): void {
    this.#size += 1;
    if (this.#size > this.#buckets) this.#split();
    this.#chain(id, this.#bucketOf(hash));
  }

  remove(id: number, hash: number): void {
    const bucket = this.#bucketOf(hash);
    this.#size -= 1;
    const before = this.#before(id, bucket);
    if (before === NONE) this.#heads.set(bucket, this.#next.get(id));
    else this.#next.set(before, this.#next.get(id));
  }

  /** The first of the numbers that may have this hash; 0: there is none. */
  first(hash: number): number {
    return this.#heads.get(this.#bucketOf(hash));
  }

  /** The one that comes after; 0: there are no more. */
  next(id: number): number {
    return this.#next.get(id);
  }

  /** Those beyond the buckets that there are so far are still with the bucket of one bit less. */
  #bucketOf(hash: number): number {
    const mask = maskFor(this.#buckets);
    const bucket = hash & mask;
    return bucket < this.#buckets ? bucket : bucket & (mask >>> 1);
  }

  #split(): void {
    const added = this.#buckets;
    const from = added & (maskFor(added + 1) >>> 1);
    this.#buckets += 1;
    let id = this.#heads.get(from);
    this.#heads.set(from, NONE);
    while (id !== NONE) {
      const next = this.#next.get(id);
      this.#chain(id, this.#bucketOf(this.#hashOf(id)));
      id = next;
    }
  }

  #chain(id: number, bucket: number): void {
    this.#next.set(id, this.#heads.get(bucket));
    this.#heads.set(bucket, id);
  }

  #before(id: number, bucket: number): number {
    let before = NONE;
    for (let at = this.#heads.get(bucket); at !== id; at = this.#next.get(at)) before = at;
    return before;
  }
}

/** As many ones as the greatest of so many numbers has digits. */
function maskFor(count: number): number {
  return count <= 1 ? 0 : 0xff_ff_ff_ff >>> Math.clz32(count - 1);
}
