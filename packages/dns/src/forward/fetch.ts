import type { Answer } from './answer.ts';
import type { Asker } from './recursor.ts';

/** One question that is under way for all who ask it meanwhile. */
export class Fetch implements Asker {
  readonly #first: Asker;
  readonly #joined: Asker[] = [];
  readonly #onEnd: (answer?: Answer) => void;

  /** @param onEnd told before those who wait; without an answer when there is none */
  constructor(first: Asker, onEnd: (answer?: Answer) => void) {
    this.#first = first;
    this.#onEnd = onEnd;
  }

  /** How many there are besides the first. */
  get joined(): number {
    return this.#joined.length;
  }

  join(asker: Asker): void {
    this.#joined.push(asker);
  }

  answered(answer: Answer): void {
    this.#onEnd(answer);
    this.#first.answered(answer);
    for (const asker of this.#joined) asker.answered(answer);
  }

  failed(error: unknown): void {
    this.#onEnd();
    this.#first.failed(error);
    for (const asker of this.#joined) asker.failed(error);
  }
}
