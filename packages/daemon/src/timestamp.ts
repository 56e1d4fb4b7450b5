import { type Clock, systemClock } from './clock.ts';

/** A moment since 1970, as protocols have it that count nanoseconds. */
export interface Timestamp {
  readonly seconds: number;
  /** Below 1,000,000,000. */
  readonly nanoseconds: number;
}

/** Milliseconds by which wall time and monotonic time may part: the one has whole milliseconds alone. */
const APART = 1.5;

/** Wall time with the fractions of the monotonic clock, which is set by the wall again where the two have parted. */
export class FineClock {
  readonly #clock: Clock;
  #origin = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    const [wall, monotonic] = [this.#clock.now(), this.#clock.monotonic()];
    if (Math.abs(this.#origin + monotonic - wall) > APART) this.#origin = wall - monotonic;
    return this.#origin + monotonic;
  }
}

/** @param ms milliseconds since the epoch */
export function timestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1_000);
  return { seconds, nanoseconds: Math.floor((ms - seconds * 1_000) * 1e6) };
}
