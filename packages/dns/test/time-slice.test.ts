import assert from 'node:assert/strict';
import { exec } from '../../../test/support/exec.ts';

const MODULE = new URL('../src/batch/time-slice.ts', import.meta.url).href;
const PROGRAM = `
  import { readFileSync } from 'node:fs';
  import { takeShortSlices } from '${MODULE}';
  takeShortSlices();
  process.stdout.write(readFileSync('/proc/thread-self/stat', 'utf8'));
`;
/** Where the nice value and the policy stand behind the name of a thread (proc_pid_stat(5)). */
const NICE = 16;
const POLICY = 38;

const STARTED: readonly [command: readonly string[], nice: number, policy: number][] = [
  [[], 0, 0],
  [['nice', '-n', '7'], 7, 0],
  [['chrt', '--batch', '0'], 0, 3],
  [['chrt', '--fifo', '5'], 0, 1],
];

describe('short slices of time', () => {
  for (const [command, nice, policy] of STARTED) {
    it(`leave all else as it was: "${command.join(' ')}" before the program`, async () => {
      const [file, ...args] = [...command, process.execPath, '--input-type=module', '--eval', PROGRAM];
      const told = await exec(file as string, args);
      const fields = told
        .slice(told.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      assert.deepEqual({ nice: fields[NICE], policy: fields[POLICY] }, { nice, policy });
    });
  }
});
