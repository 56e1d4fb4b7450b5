import { randomFillSync } from 'node:crypto';

/** Numbers that are drawn at once. */
const DRAWN = 4_096;

/** Numbers of 16 bits that nobody can foresee, one by one: a call for each would cost more than all else of a question. */
export class RandomNumbers {
  readonly #numbers = new Uint16Array(DRAWN);
  #left = 0;

  next(): number {
    if (this.#left === 0) {
      randomFillSync(this.#numbers);
      this.#left = DRAWN;
    }
    this.#left -= 1;
    return this.#numbers[this.#left] as number;
  }
}
