import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore, type Store } from '@callsign/catalog';
import { formatSocketAddress } from '@callsign/daemon';
import { Etcd } from '../test/support/etcd.ts';
import { Callsign } from '../test/support/process.ts';
import { eventually } from '../test/support/wait.ts';
import { type Figure, ms, progress, report } from './support/figures.ts';
import { folderFor } from './support/folder.ts';
import { ended } from './support/parts.ts';
import { processorMs } from './support/process-time.ts';
import { RecordedEngine } from './support/recorded-engine.ts';
import { median } from './support/statistics.ts';

const RECORDS = 10_000;
const COLD_STARTS = 5;
const PATIENCE_MS = 60_000;
/** A storm: a thousand starts and a thousand ends in ten seconds. */
const STORM_MS = 10_000;
const STORM_STEPS = 100;
const STORM_EACH = 10;
/** How often a registrar compares everything with its Engine. */
const STEADY_MS = 300_000;

/**
 * What the daemons cost with 10,000 records: resident memory of each, how long a registrar takes to publish them
 * all, and how long a nameserver takes from its start until it is ready with them.
 */
export async function footprint(): Promise<void> {
  const stack = new AsyncDisposableStack();
  try {
    const folder = await folderFor(stack);
    const etcd = stack.adopt(await Etcd.start(), (one) => one.close());
    const engine = stack.adopt(await RecordedEngine.start(join(folder, 'docker.sock'), RECORDS), (one) =>
      one.stop(),
    );
    const address = `etcd://127.0.0.1:${etcd.port}/skydns`;
    const store = stack.adopt(await openStore(address), (one) => one.close());
    const published = await publishing(stack, engine, address, store);
    const starts: number[] = [];
    for (let turn = 0; turn < COLD_STARTS; turn += 1) starts.push(await coldStart(address));
    const rest = [figure('nameserver, start to ready, median', ms(median(starts)))];
    report(`with ${RECORDS} records in etcd`, [...published, ...rest, ...(await serving(stack, address))]);
  } finally {
    await stack.disposeAsync();
  }
}

async function publishing(
  stack: AsyncDisposableStack,
  engine: RecordedEngine,
  address: string,
  store: Store,
): Promise<Figure[]> {
  const begun = performance.now();
  const args = [
    'registrar',
    '--store',
    address,
    '--docker',
    `unix://${engine.socket}`,
    '--http',
    '127.0.0.1:0',
  ];
  const registrar = stack.adopt(await Callsign.serving(args), ended);
  await eventually(() => holds(store, RECORDS), PATIENCE_MS, 500);
  const took = performance.now() - begun;
  progress(`published ${RECORDS} records`);
  return [
    figure('registrar, start to all published', ms(took)),
    figure('registrar, processor time for that', ms(processorMs(registrar.pid))),
    figure('registrar, resident memory', resident(registrar.pid)),
    figure('registrar, after a storm, until all is right', ms(await storm(engine, store))),
    figure('registrar, share of a core while nothing changes', await steadyShare(registrar.pid)),
  ];
}

/** Starts and ends of containers, evenly over ten seconds; how long after the last one the store is as it should be. */
async function storm(engine: RecordedEngine, store: Store): Promise<number> {
  for (let step = 0; step < STORM_STEPS; step += 1) {
    for (const id of engine.ids.slice(0, STORM_EACH)) engine.end(id);
    for (let started = 0; started < STORM_EACH; started += 1) engine.run();
    await sleep(STORM_MS / STORM_STEPS);
  }
  const ended = performance.now();
  progress('the storm is over');
  await eventually(() => isRight(store, engine.ids), PATIENCE_MS, 50);
  return performance.now() - ended;
}

/** Neither a record of a container that has ended, nor a container that runs without one. */
async function isRight(store: Store, ids: readonly string[]): Promise<void> {
  const { entries } = await store.list('docker/');
  const published = entries.map(({ key }) => key.split('/').at(-1));
  const running = new Set(ids.map((id) => id.slice(0, 12)));
  const isSame = published.length === running.size && published.every((id) => running.has(id ?? ''));
  if (!isSame) throw new Error(`${published.length} records for ${running.size} containers`);
}

/** Over one whole period of comparing everything. */
async function steadyShare(pid: number): Promise<string> {
  progress(`${STEADY_MS / 1_000} seconds of nothing`);
  const before = processorMs(pid);
  await sleep(STEADY_MS);
  return `${(((processorMs(pid) - before) / STEADY_MS) * 100).toFixed(2)} %`;
}

async function holds(store: Store, count: number): Promise<void> {
  const { entries } = await store.list('docker/');
  if (entries.length < count) throw new Error(`${entries.length} of ${count} records`);
}

async function coldStart(address: string): Promise<number> {
  const begun = performance.now();
  const nameserver = await startNameserver(address);
  const took = performance.now() - begun;
  await nameserver.end('SIGTERM');
  return took;
}

async function serving(stack: AsyncDisposableStack, address: string): Promise<Figure[]> {
  const nameserver = stack.adopt(await startNameserver(address), ended);
  return [figure('nameserver, resident memory', resident(nameserver.pid))];
}

async function startNameserver(address: string): Promise<Callsign> {
  const serve = ['--dns', '127.0.0.1:0', '--http', '127.0.0.1:0', '--nameserver', 'none'];
  const nameserver = await Callsign.serving(['nameserver', '--store', address, ...serve]);
  await eventually(
    async () => {
      const response = await fetch(`http://${formatSocketAddress(nameserver.http)}/readyz`);
      if (!response.ok) throw new Error('not ready');
    },
    PATIENCE_MS,
    2,
  );
  return nameserver;
}

/** From /proc: what the process holds of the machine's memory. */
function resident(pid: number): string {
  const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return `${(kilobytes / 1024).toFixed(0)} MiB`;
}

function figure(what: string, value: string): Figure {
  return { what, value };
}
