import { rm } from 'node:fs/promises';
import { clearAbandoned } from './abandoned.ts';
import { ownedFolder } from './owned.ts';

/** Called by mocha once for a whole run, before it starts the processes that the tests run in. */
export async function mochaGlobalSetup(): Promise<void> {
  await clearAbandoned();
  process.env.CALLSIGN_TEST_RUN = await ownedFolder('run');
}

export async function mochaGlobalTeardown(): Promise<void> {
  await rm(process.env.CALLSIGN_TEST_RUN as string, { recursive: true });
}
