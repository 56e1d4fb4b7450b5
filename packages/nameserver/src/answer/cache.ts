import type { CompiledAnswer } from './compiled.ts';

/**
 * Compiled answers by their question. Bounded: when the young half is full it becomes the old one and what was
 * old and not asked again is let go, so that a flood of names that nobody else asks costs no more than its room.
 */
export class AnswerCache {
  readonly #half: number;
  #young = new Map<string, CompiledAnswer>();
  #old = new Map<string, CompiledAnswer>();

  constructor(most: number) {
    this.#half = Math.ceil(most / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The answer to this question, if there is one and it is still true. */
  get(key: string): CompiledAnswer | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young.current ? young : undefined;
    const old = this.#old.get(key);
    if (old === undefined || !old.current) return undefined;
    this.set(key, old);
    return old;
  }

  set(key: string, answer: CompiledAnswer): void {
    this.#old.delete(key);
    this.#young.set(key, answer);
    if (this.#young.size <= this.#half) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
