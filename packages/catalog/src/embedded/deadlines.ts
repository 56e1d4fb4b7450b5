import type { Clock } from '@callsign/daemon';

/** A time to live and when it is over, in milliseconds of the monotonic clock. */
interface Deadline {
  readonly ms: number;
  readonly due: number;
}

/** Whoever wakes so much later than he wanted, in milliseconds, was stopped with the whole process, or its machine. */
const STOOD_STILL = 1_000;

/**
 * When each lease runs out. Calls `expired` with each that does. While the process stands still nobody can renew, and what
 * was sent meanwhile has yet to be read: leases begin anew then, as they do after a restart.
 */
export class Deadlines {
  readonly #deadlines = new Map<string, Deadline>();
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
    const known = this.#deadlines.has(id);
    this.#begin(id, ttl * 1_000);
    if (!known) void this.#wait(id);
  }

  has(id: string): boolean {
    return this.#deadlines.has(id);
  }

  delete(id: string): void {
    this.#deadlines.delete(id);
  }

  #begin(id: string, ms: number): void {
    this.#deadlines.set(id, { ms, due: this.#clock.monotonic() + ms });
  }

  /** One wait for each lease: a renewal only moves the time that it looks at when it wakes. */
  async #wait(id: string): Promise<void> {
    for (let next = this.#deadlines.get(id); next !== undefined; next = this.#deadlines.get(id)) {
      const { ms, due } = next;
      const left = due - this.#clock.monotonic();
      if (left <= 0) break;
      await this.#clock.sleep(left, this.#signal).catch(() => this.#deadlines.delete(id));
      const late = this.#clock.monotonic() - due;
      if (late > STOOD_STILL && this.#deadlines.has(id)) this.#begin(id, ms);
    }
    if (this.#deadlines.delete(id)) this.#expired(id);
  }
}
