import { type Address, type Heap, offsetOf } from '../tree/heap.ts';
import { TRAIT, TRAITS, type Trait } from './traits.ts';

const WORD = 4;
const BYTES = TRAITS.length * WORD;
const PLACE = Object.fromEntries(TRAITS.map((trait, at) => [trait, at * WORD])) as Readonly<
  Record<Trait, number>
>;

/** How many records there are with each trait, as a few numbers in a heap. */
export class Counts {
  readonly #heap: Heap;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  add(countOf: (trait: Trait) => number): Address {
    const address = this.#heap.allocate(BYTES);
    for (const trait of TRAITS) this.#write(address, trait, countOf(trait));
    return address;
  }

  remove(address: Address): void {
    this.#heap.free(address, BYTES);
  }

  get(address: Address, trait: Trait): number {
    return this.#heap.chunkOf(address).readInt32LE(offsetOf(address) + PLACE[trait]);
  }

  /** One record with these traits has gone, and one with those has come. */
  change(address: Address, before: number, after: number): void {
    const different = before ^ after;
    for (const trait of TRAITS) {
      if ((different & TRAIT[trait]) === 0) continue;
      const step = (after & TRAIT[trait]) === 0 ? -1 : 1;
      this.#write(address, trait, this.get(address, trait) + step);
    }
  }

  #write(address: Address, trait: Trait, count: number): void {
    this.#heap.chunkOf(address).writeInt32LE(count, offsetOf(address) + PLACE[trait]);
  }
}
