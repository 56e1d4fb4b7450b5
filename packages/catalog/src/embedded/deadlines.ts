import type { Clock } from '@callsign/daemon';

/** When each lease runs out. Calls `expired` with each that does. */
export class Deadlines {
  readonly #due = new Map<string, number>();
  readonly #clock: Clock;
  readonly #expired: (id: string) => void;
  readonly #signal: AbortSignal;

  constructor(clock: Clock, signal: AbortSignal, expired: (id: string) => void) {
    this.#clock = clock;
    this.#signal = signal;
    this.#expired = expired;
  }

  /** Starts or moves a deadline to `ttl` seconds from now. */
  set(id: string, ttl: number): void {
    const known = this.#due.has(id);
    this.#due.set(id, this.#clock.monotonic() + ttl * 1_000);
    if (!known) void this.#wait(id);
  }

  has(id: string): boolean {
    return this.#due.has(id);
  }

  delete(id: string): void {
    this.#due.delete(id);
  }

  /** One wait for each lease: a renewal only moves the time that it looks at when it wakes. */
  async #wait(id: string): Promise<void> {
    for (let due = this.#due.get(id); due !== undefined; due = this.#due.get(id)) {
      const left = due - this.#clock.monotonic();
      if (left <= 0) break;
      await this.#clock.sleep(left, this.#signal).catch(() => this.#due.delete(id));
    }
    if (this.#due.delete(id)) this.#expired(id);
  }
}
