import { type Clock, systemClock } from './clock.ts';
import { CallsignError } from './errors.ts';

/** How long to wait between attempts: doubling from `first` to `most`, in milliseconds. */
export interface Backoff {
  readonly first: number;
  readonly most: number;
}

export const DEFAULT_BACKOFF: Backoff = { first: 100, most: 10_000 };

export interface RetryOptions {
  readonly signal: AbortSignal;
  readonly backoff?: Backoff;
  readonly clock?: Clock;
  /** Told of each failure and of the wait that follows it. */
  readonly onFailure?: (error: unknown, waitMs: number) => void;
}

/**
 * Repeats `attempt` until it succeeds. An error that is marked as not retryable ends it at once, and so does
 * the signal; everything else is tried again after a wait that grows until an attempt has lasted longer than it could.
 */
export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, backoff = DEFAULT_BACKOFF, clock = systemClock, onFailure } = options;
  for (let failures = 0; ; failures += 1) {
    signal.throwIfAborted();
    const began = clock.monotonic();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof CallsignError && !error.retryable) throw error;
      if (clock.monotonic() - began > backoff.most) failures = 0;
      const wait = waitAfter(failures, backoff);
      onFailure?.(error, wait);
      await clock.sleep(wait, signal);
    }
  }
}

/**
 * The wait after the n-th failure in a row, counted from 0: half fixed, half random, so that many
 * clients of one failed server do not come back in step.
 */
export function waitAfter(
  failures: number,
  backoff: Backoff = DEFAULT_BACKOFF,
  random = Math.random,
): number {
  const ceiling = Math.min(backoff.most, backoff.first * 2 ** Math.min(failures, 30));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
