import { setTimeout as sleep } from 'node:timers/promises';

/** Work that was begun at a fixed rate. */
export interface Paced {
  /** Times that it was done. */
  readonly done: number;
  readonly seconds: number;
}

/**
 * Begins some work so many times a second, whether or not the last one is done, until the signal fires; what is late is
 * caught up with. Not more than `atOnce` are under way.
 */
export async function paced(
  perSecond: number,
  atOnce: number,
  signal: AbortSignal,
  work: (turn: number) => Promise<void>,
): Promise<Paced> {
  const began = performance.now();
  let [turn, done] = [0, 0];
  const worker = async () => {
    for (;;) {
      const mine = turn++;
      const due = began + (mine * 1_000) / perSecond;
      await sleep(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await work(mine);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { done, seconds: (performance.now() - began) / 1_000 };
}
