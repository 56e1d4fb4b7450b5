/** Keys that wait for their turn, each once, in the order in which they came. */
export class Backlog {
  readonly #keys = new Set<string>();
  /** One way through them, for a new one would pass over the place of every key that was taken. */
  #order = this.#keys.values();

  get size(): number {
    return this.#keys.size;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    this.#keys.add(key);
  }

  /** The key that has waited for the longest time, which waits no more; undefined when none does. */
  take(): string | undefined {
    const { value, done } = this.#order.next();
    if (done === true) this.#order = this.#keys.values();
    else this.#keys.delete(value);
    return value;
  }

  clear(): void {
    this.#keys.clear();
  }
}
