import { type Direction, Signpost } from './signpost.ts';

/** One thread's eye on the signpost. */
export class SignpostReader {
  readonly #signpost: Signpost;
  readonly #onChange: () => void;
  #version = -1;
  #direction: Direction | undefined;
  /** Batches before the main thread has its turn. */
  #left = 0;

  /** @param onChange told when others are to be asked than before */
  constructor(memory: SharedArrayBuffer, onChange: () => void) {
    this.#signpost = new Signpost(memory);
    this.#onChange = onChange;
  }

  /** Whom to ask in the next batch; undefined when that is for the main thread. */
  next(): Direction | undefined {
    const { version } = this.#signpost;
    if (version !== this.#version) this.#turnTo(version);
    return this.#direction !== undefined && this.#isForMain(this.#direction) ? undefined : this.#direction;
  }

  #turnTo(version: number): void {
    this.#version = version;
    this.#direction = this.#signpost.read();
    this.#onChange();
  }

  #isForMain({ every }: Direction): boolean {
    if (every === 0) return false;
    this.#left -= 1;
    if (this.#left > 0) return false;
    this.#left = every;
    return true;
  }
}
