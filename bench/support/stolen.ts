import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;
const STEAL = 8;

/** Seconds that the machine's host gave to others while our processors had something to do (proc_stat(5)). */
export function stolenSeconds(): number {
  const [all = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  return Number(all.split(/\s+/)[STEAL]) / TICKS_PER_SECOND;
}
