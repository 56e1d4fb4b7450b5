import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Child } from '../test/support/child.ts';
import { addresses } from '../test/support/dig.ts';
import { freePort } from '../test/support/ports.ts';
import { eventually } from '../test/support/wait.ts';
import type { Load, LoadResult } from './load/load.ts';
import { type Host, hosts, questionsFor, writeServed } from './load/names.ts';
import { PEERS, type Peer, type Served, ZONE } from './load/peers.ts';
import { cpuSeconds } from './load/served.ts';
import { fillStore } from './load/store.ts';
import { progress, report } from './support/figures.ts';

const NAMES = 1_000;
const REPEATS = 3;
const SECONDS = 3;
const SERVER_CORE = '0';
const CLIENT_CORE = '1';
const NODE_FLAGS = ['--no-node-snapshot', '--conditions=callsign-source'];
const CLIENT = fileURLToPath(new URL('./load/main.ts', import.meta.url));
const CALLSIGN = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url));

/** A server that runs, bound to its core. */
interface Running {
  readonly name: string;
  readonly port: number;
  readonly child: Child;
}

interface Measured {
  readonly perSecond: number;
  /** Microseconds of the server's processor time for one answer. */
  readonly microseconds: number;
  readonly wrong: number;
  readonly lost: number;
}

/** Answers per second and processor time per answer, of Callsign and its peers, in turns on the same core. */
export async function throughput(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'callsign-bench-'));
  const running: Running[] = [];
  try {
    const all = hosts(NAMES);
    const served = writeServed(folder, all);
    for (const peer of PEERS) running.push(await startPeer(peer, folder, served, all));
    running.push(await startCallsign(folder, all));
    const rounds: Measured[][] = [];
    for (let round = 0; round < REPEATS; round += 1) {
      rounds.push(await measureEach(running, all));
      progress(`round ${round + 1} of ${REPEATS}`);
    }
    tell(running, rounds);
  } finally {
    await Promise.all(running.map(({ child }) => child.end('SIGTERM')));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureEach(running: readonly Running[], all: readonly Host[]): Promise<Measured[]> {
  const results: Measured[] = [];
  for (const server of running) results.push(await measure(server, all));
  return results;
}

async function measure({ port, child }: Running, all: readonly Host[]): Promise<Measured> {
  const before = cpuSeconds(child.pid);
  const load: Load = { port, questions: questionsFor(all), seconds: SECONDS, sockets: 8, inFlight: 128 };
  const { answers, wrong, lost, seconds } = await runClient(load);
  const cpu = cpuSeconds(child.pid) - before;
  return { perSecond: answers / seconds, microseconds: (cpu / answers) * 1e6, wrong, lost };
}

async function runClient(load: Load): Promise<LoadResult> {
  const client = spawn('taskset', ['-c', CLIENT_CORE, process.execPath, ...NODE_FLAGS, CLIENT], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  client.stdin.end(JSON.stringify(load));
  return JSON.parse(await text(client.stdout)) as LoadResult;
}

async function startPeer(peer: Peer, folder: string, served: Served, all: readonly Host[]): Promise<Running> {
  const own = join(folder, peer.name);
  mkdirSync(own);
  const port = await freePort();
  return ready(peer.name, port, peer.prepare(own, port, served), all);
}

async function startCallsign(folder: string, all: readonly Host[]): Promise<Running> {
  const store = `embedded:${join(folder, 'store.journal')}`;
  await fillStore(store, all);
  const port = await freePort();
  const serve = ['--domain', ZONE, '--store', store, '--dns', `127.0.0.1:${port}`, '--http', '127.0.0.1:0'];
  const command = [process.execPath, ...NODE_FLAGS, CALLSIGN, 'nameserver', ...serve, '--nameserver', 'none'];
  return ready('callsign', port, command, all);
}

async function ready(
  name: string,
  port: number,
  command: readonly string[],
  all: readonly Host[],
): Promise<Running> {
  const child = new Child('taskset', ['-c', SERVER_CORE, ...command]);
  const { name: owner, address } = all.at(-1) as Host;
  const asked = async () => assert.deepEqual(await addresses({ host: '127.0.0.1', port }, owner), [address]);
  try {
    await eventually(asked, 30_000, 100);
  } catch (cause) {
    throw new Error(`${name} does not answer:\n${child.lines.slice(-12).join('\n')}`, { cause });
  }
  return { name, port, child };
}

function tell(running: readonly Running[], rounds: readonly (readonly Measured[])[]): void {
  const medians = running.map((_, at) => medianOf(rounds.map((round) => round[at] as Measured)));
  const knot = medians[running.findIndex(({ name }) => name === 'knot')] as Measured;
  const rows = running.map(({ name }, at) => {
    const { perSecond, microseconds, wrong, lost } = medians[at] as Measured;
    const ratio = (knot.microseconds / microseconds).toFixed(2);
    const value = `${Math.round(perSecond)}/s, ${microseconds.toFixed(2)} µs an answer, ${ratio} of knot, ${wrong} wrong, ${lost} lost`;
    return { what: name, value };
  });
  report(`UDP, ${NAMES} names, one core each for server and client`, rows);
}

function medianOf(all: readonly Measured[]): Measured {
  const middle = (read: (one: Measured) => number) =>
    all.map(read).toSorted((a, b) => a - b)[Math.floor(all.length / 2)] as number;
  return {
    perSecond: middle((one) => one.perSecond),
    microseconds: middle((one) => one.microseconds),
    wrong: all.reduce((sum, { wrong }) => sum + wrong, 0),
    lost: all.reduce((sum, { lost }) => sum + lost, 0),
  };
}
