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
  /** Those of which somebody waits for the work that has yet to begin. */
  readonly #awaited = new Map<string, PromiseWithResolvers<void>>();
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

  /**
   * Marks all of these. Resolves when each has been worked on since: there may always be something dirty, they
   * themselves included, and nobody would be told of the end of that.
   */
  async markAll(keys: readonly string[]): Promise<void> {
    if (this.#closed) return;
    const worked = keys.map((key) => this.#worked(key));
    for (const key of keys) this.mark(key);
    await Promise.all(worked);
  }

  /** True for a key that is still to be worked on, or again. */
  isDirty(key: string): boolean {
    return this.#dirty.has(key) || this.#again.has(key);
  }

  /** Forgets what is dirty; resolves when the work under way is done. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#dirty.clear();
    this.#again.clear();
    if (this.#busy.size > 0) await this.#idle.promise;
    for (const { resolve } of this.#awaited.values()) resolve();
  }

  #worked(key: string): Promise<void> {
    const worked = this.#awaited.get(key) ?? Promise.withResolvers<void>();
    this.#awaited.set(key, worked);
    return worked.promise;
  }

  #begin(): void {
    while (this.#busy.size < this.#most) {
      const key = this.#dirty.take();
      if (key === undefined) return;
      void this.#do(key);
    }
  }

  async #do(key: string): Promise<void> {
    const awaited = this.#awaited.get(key);
    this.#awaited.delete(key);
    this.#busy.add(key);
    try {
      await this.#work(key);
    } finally {
      awaited?.resolve();
      this.#busy.delete(key);
      if (this.#again.delete(key)) this.#dirty.add(key);
      this.#begin();
      if (this.#dirty.size + this.#busy.size === 0) this.#idle.resolve();
    }
  }
}
