import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EMPTY_SERVICE, encodeService, openStore } from '@callsign/catalog';
import { createLog, formatSocketAddress, parseOptions, silentLog, systemClock } from '@callsign/daemon';
import { Metrics } from '@callsign/daemon/metrics';
import { Registrar, registrarOptions } from '@callsign/registrar';
import { ContainerTraces } from '../packages/registrar/src/container-traces.ts';
import { readContainer } from '../packages/registrar/src/engine/snapshot.ts';
import { registrarMetrics } from '../packages/registrar/src/metrics.ts';
import { Publisher } from '../packages/registrar/src/publish/publisher.ts';
import { Etcd } from '../test/support/etcd.ts';
import { Callsign } from '../test/support/process.ts';
import { eventually } from '../test/support/wait.ts';
import { CountedStore } from './support/counted-store.ts';
import { type Figure, ms, progress, report } from './support/figures.ts';
import { folderFor } from './support/folder.ts';
import { keep, type Row } from './support/kept.ts';
import { childrenOf, processorMs } from './support/process-time.ts';
import { inspectDocument, RecordedEngine } from './support/recorded-engine.ts';
import { RememberedEngine } from './support/remembered-engine.ts';

/** More over HTTP would measure the double of the Engine, which has every document in its memory. */
const SNAPSHOTS = [1_000, 10_000, 100_000];
const OVER_HTTP = [1_000, 10_000];
const ALL_AT_ONCE = [10_000, 50_000];
const PATIENCE_MS = 120_000;
const IDLE_MS = 60_000;

/**
 * How many containers a second a registrar publishes to a real etcd by the default chain of plugins: from snapshots
 * in memory, which leaves the sandbox, the records and the transactions, and from an Engine's HTTP API; and how many
 * when all of them wait for the store.
 */
export async function registrar(): Promise<void> {
  const published: Published[] = [];
  const others: Figure[] = [];
  for (const count of SNAPSHOTS) published.push(await fromSnapshots(count));
  for (const count of OVER_HTTP) {
    const { started, ...one } = await overHttp(count);
    published.push(one);
    others.push(...started);
  }
  for (const count of ALL_AT_ONCE) others.push(await allAtOnce(count));
  keep('registrar', published.map(rowOf));
  report('containers to etcd', [...published.map(figureOf), ...others]);
}

/** Containers of which each has its record in etcd, and the processor time that each took. */
interface Published {
  readonly what: string;
  readonly containers: number;
  readonly perSecond: number;
  readonly registrarMicroseconds: number;
  readonly sandboxMicroseconds: number;
}

async function fromSnapshots(count: number): Promise<Published> {
  await using stack = new AsyncDisposableStack();
  const store = await storeFor(stack, count);
  const engine = new RememberedEngine(
    Array.from({ length: count }, (_, at) => readContainer(inspectDocument(idOf(at), at))),
  );
  const { values: options } = parseOptions(registrarOptions('node1'), SOURCE);
  const log = createLog({ level: 'info', format: 'json', write: () => undefined });
  const one = new Registrar({ options, store, log, metrics: new Metrics(), engine });
  stack.defer(() => one.close());
  const [own, sandboxes] = [process.cpuUsage(), new Set(childrenOf(process.pid))];
  await one.start(new AbortController().signal);
  const began = performance.now();
  await store.full;
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(own);
  const sandbox = childrenOf(process.pid).find((pid) => !sandboxes.has(pid)) ?? 0;
  progress(`${count} snapshots in ${ms(took)}, ${store.commits} transactions`);
  const spent = { registrar: (user + system) / 1_000, sandbox: processorMs(sandbox) };
  return publishedOf('from snapshots', count, took, spent);
}

/** A real etcd, from which somebody waits for so many writes. */
async function storeFor(stack: AsyncDisposableStack, count: number): Promise<CountedStore> {
  const etcd = stack.adopt(await Etcd.start(), (one) => one.close());
  const store = new CountedStore(await openStore(`etcd://127.0.0.1:${etcd.port}/skydns`), count);
  stack.defer(() => store.close());
  return store;
}

/** As when etcd comes back, or the lease was lost: the last part of the way alone, for everything. */
async function allAtOnce(count: number): Promise<Figure> {
  await using stack = new AsyncDisposableStack();
  const store = await storeFor(stack, count);
  const watched = { log: silentLog, metrics: registrarMetrics(new Metrics()), traces: new ContainerTraces() };
  const ours = { owner: 'node1', domain: 'docker.', lease: 30, beat: 10 };
  const publisher = new Publisher({ store, clock: systemClock, ...ours, ...watched });
  for (let at = 0; at < count; at += 1) publisher.want(idOf(at), recordOf(at));
  const [stop, own, began] = [new AbortController(), process.cpuUsage(), performance.now()];
  const running = publisher.run(stop.signal).catch(() => undefined);
  await store.full;
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(own);
  stop.abort();
  await running;
  await publisher.close();
  progress(`${count} records at once in ${ms(took)}, ${store.commits} transactions`);
  return {
    what: `${count} records that wait at once`,
    value: `${ms(took)}; CPU each: ${micros(user + system, count)} in the registrar`,
  };
}

function recordOf(at: number): ReadonlyMap<string, string> {
  const container = idOf(at);
  const value = encodeService({
    ...EMPTY_SERVICE,
    host: '10.0.0.1',
    callsign: { owner: 'node1', container },
  });
  return new Map([[`docker/dev/web-${at % 100}/web${at}/default/node1/${container.slice(0, 12)}`, value]]);
}

const SOURCE = { argv: [], env: {}, readFile: () => '' };

function idOf(at: number): string {
  return at.toString(16).padStart(12, '0').padEnd(64, '0');
}

/** @returns what was published, and what else there is to say of the process that did */
async function overHttp(count: number): Promise<Published & { readonly started: readonly Figure[] }> {
  await using stack = new AsyncDisposableStack();
  const folder = await folderFor(stack);
  const etcd = stack.adopt(await Etcd.start(), (one) => one.close());
  const socket = join(folder, 'docker.sock');
  const engine = stack.adopt(await RecordedEngine.start(socket, count), (one) => one.stop());
  const store = ['--store', `etcd://127.0.0.1:${etcd.port}/skydns`];
  const args = ['registrar', ...store, '--docker', `unix://${engine.socket}`, '--http', '127.0.0.1:0'];
  const began = performance.now();
  const daemon = stack.adopt(await Callsign.serving(args), async (one) => void (await one.end('SIGTERM')));
  const [started, cpuStarted] = [performance.now(), processorMs(daemon.pid)];
  await eventually(() => publishes(daemon, count), PATIENCE_MS, 100);
  const ended = performance.now();
  const [sandbox = 0] = childrenOf(daemon.pid);
  const cpu = processorMs(daemon.pid) - cpuStarted;
  progress(`${count} containers over HTTP in ${ms(ended - began)}`);
  const spent = { registrar: cpu, sandbox: processorMs(sandbox) };
  const whole = { what: `${count} over HTTP, from the start of its process`, value: ms(ended - began) };
  return {
    ...publishedOf('over HTTP', count, ended - started, spent),
    started: [whole, ...(count === 10_000 ? [await idle([daemon.pid, sandbox], count)] : [])],
  };
}

async function publishes(daemon: Callsign, count: number): Promise<void> {
  const text = await (await fetch(`http://${formatSocketAddress(daemon.http)}/metrics`)).text();
  const records = Number(/^callsign_registrar_records (\d+)$/m.exec(text)?.[1]);
  if (records < count) throw new Error(`${records} of ${count} records`);
}

async function idle(pids: readonly number[], count: number): Promise<Figure> {
  const spent = () => pids.reduce((sum, pid) => sum + processorMs(pid), 0);
  progress(`${IDLE_MS / 1_000} seconds of nothing`);
  const before = spent();
  await sleep(IDLE_MS);
  const share = ((spent() - before) / IDLE_MS) * 100;
  return {
    what: `idle with ${count} containers, registrar and sandbox`,
    value: `${share.toFixed(2)} % of a core`,
  };
}

function publishedOf(
  what: string,
  containers: number,
  tookMs: number,
  spentMs: { readonly registrar: number; readonly sandbox: number },
): Published {
  return {
    what,
    containers,
    perSecond: Math.round((containers * 1_000) / tookMs),
    registrarMicroseconds: Math.round((spentMs.registrar * 1_000) / containers),
    sandboxMicroseconds: Math.round((spentMs.sandbox * 1_000) / containers),
  };
}

function rowOf(published: Published): Row {
  return { ...published };
}

function figureOf(published: Published): Figure {
  const { what, containers, perSecond, registrarMicroseconds, sandboxMicroseconds } = published;
  const each = `${registrarMicroseconds} µs in the registrar, ${sandboxMicroseconds} µs in the sandbox`;
  return { what: `${containers} ${what}`, value: `${perSecond} a second; CPU each: ${each}` };
}

function micros(total: number, count: number): string {
  return `${(total / count).toFixed(0)} µs`;
}
