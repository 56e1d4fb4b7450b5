/**
 * Work on keys that became dirty: one key at a time is worked on by one worker only, different keys by several
 * at once. A key that becomes dirty while it is worked on is worked on again afterwards.
 */
export class DirtyQueue {
  readonly #work: (key: string) => Promise<void>;
  readonly #most: number;
  readonly #dirty = new Set<string>();
  readonly #busy = new Set<string>();
  #idle = Promise.withResolvers<void>();
  #closed = false;

  /** `work` must not reject. */
  constructor(work: (key: string) => Promise<void>, most: number) {
    this.#work = work;
    this.#most = most;
    this.#idle.resolve();
  }

  mark(key: string): void {
    if (this.#closed) return;
    if (this.#dirty.size + this.#busy.size === 0) this.#idle = Promise.withResolvers<void>();
    this.#dirty.add(key);
    this.#begin();
  }

  /** True for a key that is still to be worked on, or again. */
  isDirty(key: string): boolean {
    return this.#dirty.has(key);
  }

  /** Resolves when nothing is dirty and nobody works. */
  idle(): Promise<void> {
    return this.#idle.promise;
  }

  /** Forgets what is dirty; resolves when the work under way is done. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#dirty.clear();
    if (this.#busy.size > 0) await this.#idle.promise;
  }

  #begin(): void {
    for (const key of this.#dirty) {
      if (this.#busy.size >= this.#most) return;
      if (!this.#busy.has(key)) void this.#do(key);
    }
  }

  async #do(key: string): Promise<void> {
    this.#dirty.delete(key);
    this.#busy.add(key);
    try {
      await this.#work(key);
    } finally {
      this.#busy.delete(key);
      this.#begin();
      if (this.#dirty.size + this.#busy.size === 0) this.#idle.resolve();
    }
  }
}
