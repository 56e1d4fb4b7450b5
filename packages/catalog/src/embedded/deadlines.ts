import type { Clock } from '@callsign/daemon';

/** A time to live and when it is over, in milliseconds of the monotonic clock. */
interface Deadline {
  readonly ms: number;
  readonly due: number;
  /** Ends the wait for it, when the lease is revoked. */
  readonly wait: AbortController;
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
    signal.addEventListener('abort', () => this.#deleteAll(), { once: true });
  }

  /** Starts or moves a deadline to `ttl` seconds from now. */
  set(id: string, ttl: number): void {
    if (this.#signal.aborted) return;
    const known = this.#deadlines.get(id);
    this.#begin(id, ttl * 1_000, known?.wait ?? new AbortController());
    if (known === undefined) void this.#wait(id);
  }

  has(id: string): boolean {
    return this.#deadlines.has(id);
  }

  delete(id: string): void {
    this.#deadlines.get(id)?.wait.abort();
    this.#deadlines.delete(id);
  }

  #deleteAll(): void {
    for (const id of this.#deadlines.keys()) this.delete(id);
  }

  #begin(id: string, ms: number, wait: AbortController): void {
    this.#deadlines.set(id, { ms, due: this.#clock.monotonic() + ms, wait });
  }

  /** One wait for each lease: a renewal only moves the time that it looks at when it wakes. */
  async #wait(id: string): Promise<void> {
    for (let next = this.#deadlines.get(id); next !== undefined; next = this.#deadlines.get(id)) {
      const { ms, due, wait } = next;
      const left = due - this.#clock.monotonic();
      if (left <= 0) break;
      await this.#clock.sleep(left, wait.signal).catch(() => undefined);
      const late = this.#clock.monotonic() - due;
      if (late > STOOD_STILL && this.#deadlines.has(id)) this.#begin(id, ms, wait);
    }
    if (this.#deadlines.delete(id)) this.#expired(id);
  }
}
