import type { Entry } from '@callsign/catalog';
import { type Address, type Heap, offsetOf } from '../tree/heap.ts';

/** Bytes in front of the stored text, and where in them things stand. */
const HEAD = 32;
const AT = {
  ...{ revision: 0, length: 8, leaseTtl: 12, traits: 16 },
  ...{ reverse: 20, nextReverse: 24, previousReverse: 28 },
} as const;
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
    const address = this.#heap.allocate(HEAD + length);
    const chunk = this.#heap.chunkOf(address);
    const start = offsetOf(address);
    chunk.writeDoubleLE(revision, start + AT.revision);
    chunk.writeUInt32LE(length, start + AT.length);
    chunk.writeInt32LE(Math.min(leaseTtl, MAX_SECONDS), start + AT.leaseTtl);
    chunk.writeInt32LE(reverse, start + AT.reverse);
    chunk.writeInt32LE(traits, start + AT.traits);
    chunk.write(value, start + HEAD, length, 'utf8');
    return address;
  }

  remove(address: Address): void {
    this.#heap.free(address, HEAD + this.#length(address));
  }

  /** All of an entry but its key. */
  read(address: Address): Omit<Entry, 'key'> {
    const chunk = this.#heap.chunkOf(address);
    const start = offsetOf(address);
    const leaseTtl = chunk.readInt32LE(start + AT.leaseTtl);
    return {
      value: chunk.toString('utf8', start + HEAD, start + HEAD + this.#length(address)),
      revision: chunk.readDoubleLE(start + AT.revision),
      ...(leaseTtl !== NO_LEASE && { leaseTtl }),
    };
  }

  get(address: Address, what: Noted): number {
    return this.#heap.chunkOf(address).readInt32LE(offsetOf(address) + AT[what]);
  }

  set(address: Address, what: Noted, note: number): void {
    this.#heap.chunkOf(address).writeInt32LE(note, offsetOf(address) + AT[what]);
  }

  #length(address: Address): number {
    return this.#heap.chunkOf(address).readUInt32LE(offsetOf(address) + AT.length);
  }
}
