import { setTimeout as timeout } from 'node:timers/promises';

/** Time as everything long-lived sees it, so that a test can hand in its own. */
export interface Clock {
  /** Milliseconds since the epoch: for what people read and what is stored. */
  now(): number;
  /** Milliseconds that never jump: for durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with an AbortError when the signal fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await timeout(ms, undefined, signal === undefined ? {} : { signal });
  },
};
