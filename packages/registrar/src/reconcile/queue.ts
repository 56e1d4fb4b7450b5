import { Backlog } from '../backlog.ts';

/**
 * Work on keys that became dirty: one key at a time is worked on by one worker only, different keys by several
 * at once. A key that becomes dirty while it is worked on is worked on again afterwards.
 */
export class DirtyQueue {
  readonly #work: (key: string) => Promise<void>;
  readonly #most: number;
  readonly #dirty = new Backlog();
  readonly #busy = new Set<string>();
  /** Those of the busy ones that became dirty meanwhile. */
  readonly #again = new Set<string>();
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
    if (this.#busy.has(key)) this.#again.add(key);
    else this.#dirty.add(key);
    this.#begin();
  }

  /** True for a key that is still to be worked on, or again. */
  isDirty(key: string): boolean {
    return this.#dirty.has(key) || this.#again.has(key);
  }

  /** Resolves when nothing is dirty and nobody works. */
  idle(): Promise<void> {
    return this.#idle.promise;
  }

  /** Forgets what is dirty; resolves when the work under way is done. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#dirty.clear();
    this.#again.clear();
    if (this.#busy.size > 0) await this.#idle.promise;
  }

  #begin(): void {
    while (this.#busy.size < this.#most) {
      const key = this.#dirty.take();
      if (key === undefined) return;
      void this.#do(key);
    }
  }

  async #do(key: string): Promise<void> {
    this.#busy.add(key);
    try {
      await this.#work(key);
    } finally {
      this.#busy.delete(key);
      if (this.#again.delete(key)) this.#dirty.add(key);
      this.#begin();
      if (this.#dirty.size + this.#busy.size === 0) this.#idle.resolve();
    }
  }
}
