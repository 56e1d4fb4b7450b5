import type { Callsign } from '../../test/support/process.ts';

/** Ends a daemon politely, as the last thing that a measurement does with it. */
export async function ended(process: Callsign): Promise<void> {
  await process.end('SIGTERM');
}
