import type { Store } from '@callsign/catalog';
import { Lifecycle, type Log, type Part } from '@callsign/daemon';
import type { Host } from './host.ts';
import { tellSystemd } from './systemd.ts';

/** Runs parts until the process is asked to end, then closes them in reverse. */
export async function runUntilStopped(
  host: Host,
  name: string,
  parts: readonly Part[],
  log: Log,
): Promise<number> {
  const daemon = new Lifecycle(name, parts, log);
  try {
    await daemon.start(host.stop);
    tellSystemd(host, log);
    await stopped(host.stop);
    log.info('stopping');
  } finally {
    await daemon.close();
  }
  return 0;
}

/** Closes the store when the work with it is over, however it ended, and after everything that uses it. */
export async function closingAfter(store: Store, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } finally {
    await store.close();
  }
}

/** A part that only says or does something at its turn. */
export function starting(name: string, start: () => void): Part {
  return { name, start: async () => start(), close: async () => undefined };
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}
