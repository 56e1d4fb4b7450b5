import { clearAbandoned } from './abandoned.ts';

/** Called by mocha once for a whole run, before it starts the processes that the tests run in. */
export async function mochaGlobalSetup(): Promise<void> {
  await clearAbandoned();
}
