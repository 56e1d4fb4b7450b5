import { randomUUID } from 'node:crypto';
import type { Store } from '@callsign/catalog';
import {
  isAbort,
  Lifecycle,
  type Log,
  type Metrics,
  type Part,
  TraceExporter,
  type Tracer,
  type ValuesOf,
} from '@callsign/daemon';
import type { Host } from '../command/host.ts';
import { VERSION } from '../version.ts';
import { type DAEMON_OPTIONS, logFor } from './daemon-options.ts';
import { tellSystemd } from './systemd.ts';

/** What the parts of a daemon are made with. */
export interface Means {
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Absent: nobody wants traces. */
  readonly tracer: Tracer | undefined;
}

/** A daemon on a store. */
export interface Daemon {
  readonly name: string;
  readonly openStore: (log: Log) => Promise<Store>;
  readonly partsOf: (means: Means) => Promise<readonly Part[]>;
}

/** Runs a daemon until the process is asked to end, and closes its store after everything that uses it. */
export async function runDaemon(
  host: Host,
  values: ValuesOf<typeof DAEMON_OPTIONS>,
  { name, openStore, partsOf }: Daemon,
): Promise<number> {
  const log = logFor(host, values);
  const { Metrics, PROCESS_METRICS } = await import('@callsign/daemon/metrics');
  const metrics = new Metrics();
  metrics.ofProcess(VERSION);
  const traces = tracesFor(host, name, values, log);
  metrics.counted(PROCESS_METRICS.spans, () => [[traces?.sent ?? 0, {}]]);
  metrics.counted(PROCESS_METRICS.spansDropped, () => [[traces?.dropped ?? 0, {}]]);
  const store = await openStore(log);
  try {
    const parts = await partsOf({ store, log, metrics, tracer: traces });
    return await runUntilStopped(host, name, traces === undefined ? parts : [traces, ...parts], log);
  } finally {
    await store.close();
  }
}

function tracesFor(
  { hostname }: Host,
  name: string,
  { trace: collector }: ValuesOf<typeof DAEMON_OPTIONS>,
  log: Log,
): TraceExporter | undefined {
  if (collector === undefined) return undefined;
  const resource = {
    'service.name': name === 'callsign' ? name : `callsign-${name}`,
    'service.version': VERSION,
    'service.instance.id': randomUUID(),
    'host.name': hostname,
  };
  return new TraceExporter({ collector, resource, log });
}

/** Runs parts until the process is asked to end, then closes them in reverse. */
async function runUntilStopped(host: Host, name: string, parts: readonly Part[], log: Log): Promise<number> {
  const daemon = new Lifecycle(name, parts, log);
  try {
    await daemon.start(host.stop);
    tellSystemd(host, log);
    await stopped(host.stop);
    log.info('stopping');
  } catch (error) {
    // Asked to end before it served, it has done what it was asked to.
    if (!host.stop.aborted || !isAbort(error)) throw error;
  } finally {
    await daemon.close();
  }
  return 0;
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
