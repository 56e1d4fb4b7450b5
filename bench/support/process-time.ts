import { readFileSync } from 'node:fs';

/** The unit of processor time in /proc, which every Linux has at 100 Hz. */
const TICK_MS = 10;

/** From /proc: milliseconds of processor time that a process and its threads have had so far. */
export function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** The processes that a process has started from its main thread. */
export function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}
