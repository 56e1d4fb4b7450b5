import type { Timers } from './timers.ts';

/** One try that is under way. */
export interface Attempt<T> {
  readonly result: Promise<T>;
  /** Milliseconds after which the next is started as well. */
  readonly patience: number;
  /** Told when its patience is over. */
  late(): void;
}

/**
 * Starts attempts one after another, the next one when the last has failed or has used up its patience, and gives
 * back the first result. Those that were late go on: one may still win, and how it ends is worth knowing.
 * @throws what the last of them has thrown, when all have failed
 */
export function staggered<T>(starts: readonly (() => Attempt<T>)[], timers: Timers): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let decided = false;
  let failed = 0;
  let started = 0;
  /** Only the newest attempt may call for the next. */
  const startAfter = (before: number) => {
    const start = decided || before !== started ? undefined : starts[started];
    if (start === undefined) return;
    started += 1;
    const mine = started;
    const attempt = start();
    const won = (result: T) => {
      timer.cancel();
      decided = true;
      resolve(result);
    };
    const lost = (error: unknown) => {
      timer.cancel();
      failed += 1;
      if (failed === starts.length) reject(error);
      startAfter(mine);
    };
    const timer = timers.after(attempt.patience, () => {
      attempt.late();
      startAfter(mine);
    });
    attempt.result.then(won, lost);
  };
  startAfter(0);
  return promise;
}
