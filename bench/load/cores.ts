import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The core of what is measured, and the one of everything else, as taskset(1) takes them. */
export const SERVER_CORE = '0';
export const CLIENT_CORE = '1';
export const BOTH_CORES = `${SERVER_CORE},${CLIENT_CORE}`;

/** Leaves the measured server's core: this process, and what it starts without a core of its own. */
export function stepAside(): Disposable {
  pin(CLIENT_CORE);
  return { [Symbol.dispose]: () => pin(EVERY_CORE) };
}

const EVERY_CORE = `0-${availableParallelism() - 1}`;

function pin(cores: string): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(process.pid)], {
    stdio: 'ignore',
  });
}
