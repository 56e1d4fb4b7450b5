import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { clearAbandoned } from './abandoned.ts';
import { ownedFolder } from './owned.ts';

/** Called by mocha once for a whole run, before it starts the processes that the tests run in. */
export async function mochaGlobalSetup(): Promise<void> {
  await clearAbandoned();
  const folder = await ownedFolder('run');
  process.env.CALLSIGN_TEST_RUN = folder;
  // Hundreds of processes load the same sources: what one has compiled, the next need not.
  process.env.NODE_COMPILE_CACHE = join(folder, 'compiled');
}

export async function mochaGlobalTeardown(): Promise<void> {
  await rm(process.env.CALLSIGN_TEST_RUN as string, { recursive: true });
}
