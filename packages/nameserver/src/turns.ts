import { setImmediate } from 'node:timers/promises';

/** Milliseconds after which whoever asks a question meanwhile has a turn. */
const TURN_MS = 1;

/**
 * The turns of a long piece of work on the one thread that answers questions, too:
 *
 *     for (const each of many) {
 *       …
 *       if (turns.over) await turns.next();
 *     }
 */
export class Turns {
  #since = performance.now();

  get over(): boolean {
    return performance.now() - this.#since > TURN_MS;
  }

  async next(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
