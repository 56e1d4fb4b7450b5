import { readFileSync } from 'node:fs';

/** What ends a guest's process from outside, where the isolate cannot stop a script by itself. */
export interface Bounds {
  /** Milliseconds until the answer. */
  readonly deadlineMs: number;
  /** Megabytes of memory that the whole process may hold. */
  readonly residentMb: number;
}

export interface Overrun {
  readonly failure: 'timeout' | 'memory' | 'nonsense';
  readonly reason: string;
}

const LOOK_EVERY_MS = 20;
const PAGE_BYTES = 4_096;

/**
 * Looks after a process while a question is out: tells once when it takes too long or holds too much. Gives
 * back the function that ends the watch.
 */
export function watch(pid: number, bounds: Bounds, onOverrun: (overrun: Overrun) => void): () => void {
  const began = performance.now();
  const timer = setInterval(() => {
    const overrun = overrunOf(performance.now() - began, residentMb(pid), bounds);
    if (overrun === undefined) return;
    clearInterval(timer);
    onOverrun(overrun);
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

function overrunOf(elapsedMs: number, heldMb: number, bounds: Bounds): Overrun | undefined {
  if (heldMb > bounds.residentMb) {
    return { failure: 'memory', reason: `made its process hold more than ${bounds.residentMb} MB` };
  }
  if (elapsedMs > bounds.deadlineMs) {
    return { failure: 'timeout', reason: `did not answer within ${bounds.deadlineMs} ms` };
  }
  return undefined;
}

/** Where there is no /proc the isolate's own limit has to do. */
function residentMb(pid: number): number {
  try {
    const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return (Number(pages) * PAGE_BYTES) / 1e6;
  } catch {
    return 0;
  }
}
