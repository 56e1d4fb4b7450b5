import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Child } from '../../test/support/child.ts';
import { addresses } from '../../test/support/dig.ts';
import { freePort } from '../../test/support/ports.ts';
import { eventually } from '../../test/support/wait.ts';
import type { Load, LoadResult } from './load.ts';
import { type Host, writeServed } from './names.ts';
import { PEERS, type Peer, type Served, ZONE } from './peers.ts';
import { fillStore } from './store.ts';

const SERVER_CORE = '0';
const CLIENT_CORE = '1';
const NODE_FLAGS = ['--no-node-snapshot', '--conditions=callsign-source'];
const CLIENT = fileURLToPath(new URL('./main.ts', import.meta.url));
const MAIN = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));

/** Our own name among the servers that run. */
export const CALLSIGN = 'callsign';

/** A server that runs, bound to its core. */
export interface Running {
  readonly name: string;
  readonly port: number;
  readonly child: Child;
}

/** Starts Callsign and its peers with the same names on one core, and ends them when the work is done. */
export async function withField(
  all: readonly Host[],
  work: (running: readonly Running[]) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'callsign-bench-'));
  const running: Running[] = [];
  try {
    const served = writeServed(folder, all);
    for (const peer of PEERS) running.push(await startPeer(peer, folder, served, all));
    running.push(await startCallsign(folder, all));
    await work(running);
  } finally {
    await Promise.all(running.map(({ child }) => child.end('SIGTERM')));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Asks by a process of its own, bound to the other core. */
export async function runClient(load: Load): Promise<LoadResult> {
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
  const command = [process.execPath, ...NODE_FLAGS, MAIN, 'nameserver', ...serve, '--nameserver', 'none'];
  return ready(CALLSIGN, port, command, all);
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
