/** Numbers that look random and are the same for the same seed (a linear congruence, its output mixed; 32 bits). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `most - 1`. */
  below(most: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    const folded = Math.imul(this.#state ^ (this.#state >>> 16), 0x45d9f3b);
    return ((folded ^ (folded >>> 15)) >>> 0) % most;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}
