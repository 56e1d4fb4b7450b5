import type { Address, Heap } from '../tree/heap.ts';
import { TRAIT, TRAITS, type Trait } from './traits.ts';

const PLACE = Object.fromEntries(TRAITS.map((trait, at) => [trait, at])) as Readonly<Record<Trait, number>>;
/** Behind the counts: where the value stands that the name has itself. */
const VALUE = TRAITS.length;
const BYTES = (TRAITS.length + 1) * Int32Array.BYTES_PER_ELEMENT;

/** How many records there are with each trait, as a few numbers in a heap. */
export class Counts {
  readonly #heap: Heap;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  add(countOf: (trait: Trait) => number, value: Address): Address {
    const address = this.#heap.allocate(BYTES);
    for (const trait of TRAITS) this.#heap.setNumber(address, PLACE[trait], countOf(trait));
    this.setValue(address, value);
    return address;
  }

  remove(address: Address): void {
    this.#heap.free(address, BYTES);
  }

  get(address: Address, trait: Trait): number {
    return this.#heap.number(address, PLACE[trait]);
  }

  value(address: Address): Address {
    return this.#heap.number(address, VALUE);
  }

  setValue(address: Address, value: Address): void {
    this.#heap.setNumber(address, VALUE, value);
  }

  /** One record with these traits has gone, and one with those has come. */
  change(address: Address, before: number, after: number): void {
    const different = before ^ after;
    for (const trait of TRAITS) {
      if ((different & TRAIT[trait]) === 0) continue;
      const step = (after & TRAIT[trait]) === 0 ? -1 : 1;
      this.#heap.setNumber(address, PLACE[trait], this.get(address, trait) + step);
    }
  }
}
