import { existsSync } from 'node:fs';
import { mkdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchFolder } from './scratch.ts';
import { eventually } from './wait.ts';

/** The run's; a process that no run has started has one of its own. */
const FOLDER = process.env.CALLSIGN_TEST_RUN ?? scratchFolder();

/** Longer than any suite waits. */
const PATIENCE_MS = 600_000;

/**
 * A file that takes long to make, and is made once for all processes of a run: the first that wants it makes it, and
 * whoever comes meanwhile waits. Where that one fails, the next tries himself.
 * @returns its path
 */
export async function madeOnce(name: string, make: (path: string) => Promise<void>): Promise<string> {
  const path = join(FOLDER, name);
  const claim = `${path}.claim`;
  if (await eventually(() => !existsSync(path) && claimed(claim), PATIENCE_MS, 100)) {
    try {
      await make(`${path}.part`);
      await rename(`${path}.part`, path);
    } catch (error) {
      await rmdir(claim);
      throw error;
    }
  }
  return path;
}

/** Making the folder is what claims it: only one process can. */
async function claimed(folder: string): Promise<true> {
  await mkdir(folder);
  return true;
}
