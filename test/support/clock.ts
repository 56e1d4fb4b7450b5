import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@callsign/daemon';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** Time that stands still until a test moves it on. */
export class ManualClock implements Clock {
  #ms: number;
  readonly #start: number;
  #sleepers: Sleeper[] = [];

  constructor(start = Date.UTC(2020, 0, 1)) {
    this.#start = start;
    this.#ms = start;
  }

  now(): number {
    return this.#ms;
  }

  monotonic(): number {
    return this.#ms - this.#start;
  }

  /** How many are asleep: what a test waits for before it moves the time. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { due: this.#ms + ms, wake: resolve };
    const aborted = () => reject(signal?.reason);
    signal?.addEventListener('abort', aborted, { once: true });
    this.#sleepers.push(sleeper);
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', aborted);
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    }
  }

  /** Wakes whoever is due on the way, in order, each with the time at which it is due. */
  async advance(ms: number): Promise<void> {
    const end = this.#ms + ms;
    await setImmediate();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#ms = Math.max(this.#ms, next.due);
      next.wake();
      await setImmediate(); // whoever woke may sleep again before the next one is due
    }
    this.#ms = end;
  }

  /** Moves the time as if the process had been stopped for so long: whoever is due wakes late. */
  async standStill(ms: number): Promise<void> {
    this.#ms += ms;
    await this.advance(0);
  }

  #next(end: number): Sleeper | undefined {
    return this.#sleepers.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
  }
}
