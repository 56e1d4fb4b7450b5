import { Column } from './column.ts';

const NONE = 0;

/** FNV-1a, 32 bits: what a hash begins with. */
export const HASH_SEED = 0x81_1c_9d_c5 | 0;

/** The hash of what was hashed so far and one more byte. */
export function hashed(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01_00_01_93);
}

/** The hash of what was hashed so far and a text's characters, of one byte each. */
export function hashedText(hash: number, text: string): number {
  let sum = hash;
  for (let at = 0; at < text.length; at += 1) sum = hashed(sum, text.charCodeAt(at));
  return sum;
}

/** A number for each number: a column, or some place that things have for it. */
export interface Cells {
  get(id: number): number;
  set(id: number, value: number): void;
}

/** What is told of the numbers (from 1 on) that an index is to find. */
export interface Indexed {
  /** What a number was added with: 32 bits. */
  readonly hashOf: (id: number) => number;
  /** Where an index keeps the one that comes after. */
  readonly next: Cells;
  /** Where it keeps the one before: for things of which very many may have one hash, so that each is taken out as fast. */
  readonly previous?: Cells;
}

/**
 * Finds numbers by a hash of what they stand for: each bucket is a chain of them. It grows by one bucket at a time,
 * whose numbers come from one other, so that no call ever has to move them all (Litwin, "Linear Hashing", 1980).
 */
export class HashIndex {
  readonly #of: Indexed;
  #heads = new Column();
  #buckets = 1;
  #size = 0;

  constructor(of: Indexed) {
    this.#of = of;
  }

  /** The same for copies of these things, with copies of what is kept of them. */
  copy(of: Indexed): HashIndex {
    const copy = new HashIndex(of);
    copy.#heads = this.#heads.copy();
    copy.#buckets = this.#buckets;
    copy.#size = this.#size;
    return copy;
  }

  add(id: number, hash: number): void {
    this.#size += 1;
    if (this.#size > this.#buckets) this.#split();
    this.#link(id, this.#bucketOf(hash));
  }

  remove(id: number, hash: number): void {
    const bucket = this.#bucketOf(hash);
    const before = this.#of.previous?.get(id) ?? this.#before(id, bucket);
    const next = this.next(id);
    this.#size -= 1;
    if (before === NONE) this.#heads.set(bucket, next);
    else this.#of.next.set(before, next);
    if (next !== NONE) this.#of.previous?.set(next, before);
  }

  /** The first of the numbers that may have this hash; 0: there is none. */
  first(hash: number): number {
    return this.#heads.get(this.#bucketOf(hash));
  }

  /** The one that comes after; 0: there are no more. */
  next(id: number): number {
    return this.#of.next.get(id);
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
      const next = this.next(id);
      this.#link(id, this.#bucketOf(this.#of.hashOf(id)));
      id = next;
    }
  }

  #link(id: number, bucket: number): void {
    const next = this.#heads.get(bucket);
    this.#of.next.set(id, next);
    this.#of.previous?.set(id, NONE);
    if (next !== NONE) this.#of.previous?.set(next, id);
    this.#heads.set(bucket, id);
  }

  #before(id: number, bucket: number): number {
    let before = NONE;
    for (let at = this.#heads.get(bucket); at !== id; at = this.next(at)) before = at;
    return before;
  }
}

/** As many ones as the greatest of so many numbers has digits. */
function maskFor(count: number): number {
  return count <= 1 ? 0 : 0xff_ff_ff_ff >>> Math.clz32(count - 1);
}
