import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for a condition instead of a time: tries `check` until it returns without throwing and gives back
 * what it returned. Fails with the last error once `ms` milliseconds have passed.
 */
export async function eventually<T>(check: () => T | Promise<T>, ms = 20_000, everyMs = 10): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(everyMs);
    }
  }
}
