import type { Entry } from '@callsign/catalog';
import { type Address, type Heap, offsetOf } from '../tree/heap.ts';

/** Bytes in front of the stored text, and where among the numbers in them things stand. */
const HEAD = 32;
const AT = {
  ...{ revision: 0, revisionAbove: 1, length: 2, leaseTtl: 3, traits: 4 },
  ...{ reverse: 5, nextReverse: 6, previousReverse: 7 },
} as const;
/** What a revision's upper number counts: etcd's have 64 bits, of which a number here has 53. */
const UPPER = 2 ** 32;
const NO_LEASE = 0;
const MAX_SECONDS = 2 ** 31 - 1;

/** What is noted of a value: where it stands among those that are found by their addresses. */
export type Noted = 'traits' | 'reverse' | 'nextReverse' | 'previousReverse';

/** One stored value, and what is known of it without reading it. */
export interface Kept {
  readonly entry: Entry;
  readonly traits: number;
  /** The hash of the reverse name that it is found by; 0: by none. */
  readonly reverse: number;
}

/** Stored values as bytes in a heap: the text as it came, behind what the store and the zone know of it. */
export class Values {
  readonly #heap: Heap;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  add({ entry, traits, reverse }: Kept): Address {
    const { value, revision, leaseTtl = NO_LEASE } = entry;
    const length = Buffer.byteLength(value);
    const heap = this.#heap;
    const address = heap.allocate(HEAD + length);
    heap.setNumber(address, AT.revision, revision);
    heap.setNumber(address, AT.revisionAbove, revision / UPPER);
    heap.setNumber(address, AT.length, length);
    heap.setNumber(address, AT.leaseTtl, Math.min(leaseTtl, MAX_SECONDS));
    heap.setNumber(address, AT.reverse, reverse);
    heap.setNumber(address, AT.traits, traits);
    heap.chunkOf(address).write(value, offsetOf(address) + HEAD, length, 'utf8');
    return address;
  }

  remove(address: Address): void {
    this.#heap.free(address, HEAD + this.#length(address));
  }

  /** All of an entry but its key. */
  read(address: Address): Omit<Entry, 'key'> {
    const heap = this.#heap;
    const start = offsetOf(address) + HEAD;
    const leaseTtl = heap.number(address, AT.leaseTtl);
    return {
      value: heap.chunkOf(address).toString('utf8', start, start + this.#length(address)),
      revision: heap.number(address, AT.revisionAbove) * UPPER + (heap.number(address, AT.revision) >>> 0),
      ...(leaseTtl !== NO_LEASE && { leaseTtl }),
    };
  }

  get(address: Address, what: Noted): number {
    return this.#heap.number(address, AT[what]);
  }

  set(address: Address, what: Noted, note: number): void {
    this.#heap.setNumber(address, AT[what], note);
  }

  #length(address: Address): number {
    return this.#heap.number(address, AT.length);
  }
}
