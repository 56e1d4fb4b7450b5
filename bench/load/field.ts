import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Child } from '../../test/support/child.ts';
import { addresses } from '../../test/support/dig.ts';
import { COMPILED } from '../../test/support/process.ts';
import { eventually } from '../../test/support/wait.ts';
import { CLIENT_CORE, SERVER_CORE } from './cores.ts';
import type { Load, LoadResult } from './load.ts';
import type { Host } from './names.ts';
import type { At } from './peers.ts';

const NODE_FLAGS = ['--conditions=callsign-source'];
const CLIENT = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Our own name among the servers that run. */
export const CALLSIGN = 'callsign';

/** A server that can be started. */
export interface Server {
  readonly name: string;
  readonly at: At;
  /** What keeps it in the foreground. */
  readonly command: readonly string[];
  /** True: it shares the client's core, as what is not measured does. */
  readonly aside?: boolean;
}

/** A server that runs, bound to its core. */
export interface Running {
  readonly name: string;
  readonly at: At;
  readonly child: Child;
}

/** What an asking process tells. */
export interface ClientResult extends LoadResult {
  /** Processor time that the asking took. */
  readonly cpuSeconds: number;
}

/** A folder for the work's own files, which goes with them. */
export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'callsign-bench-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts servers one after another until each knows a host, and ends them when the work is done. */
export async function withServers<T>(
  servers: readonly Server[],
  known: Host,
  work: (running: readonly Running[]) => Promise<T>,
): Promise<T> {
  const running: Running[] = [];
  try {
    for (const server of servers) running.push(await start(server, known));
    return await work(running);
  } finally {
    await Promise.all(running.map(({ child }) => child.end('SIGTERM')));
  }
}

/** Asks by a process of its own, bound to the other core, or where it is told. */
export async function runClient(load: Load, core = CLIENT_CORE): Promise<ClientResult> {
  // Who rests shares his core, and must not be kept waiting when it is his turn: that would be taken for the server's.
  const first = load.rests === true ? ['nice', '-n', '-10'] : [];
  const client = spawn('taskset', ['-c', core, ...first, process.execPath, ...NODE_FLAGS, CLIENT], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  client.stdin.end(JSON.stringify(load));
  return JSON.parse(await text(client.stdout)) as ClientResult;
}

/** The command of Callsign's nameserver, as it is installed. */
export function callsign(...options: readonly string[]): readonly string[] {
  return [process.execPath, ...COMPILED, 'nameserver', ...options];
}

/** A folder in this one. */
export function folderIn(folder: string, name: string): string {
  const own = join(folder, name);
  mkdirSync(own);
  return own;
}

async function start({ name, at, command, aside = false }: Server, known: Host): Promise<Running> {
  const child = new Child('taskset', ['-c', aside ? CLIENT_CORE : SERVER_CORE, ...command]);
  const server = { host: '127.0.0.1', port: at.port };
  const asked = async () => assert.deepEqual(await addresses(server, known.name), [known.address]);
  try {
    await eventually(asked, 30_000, 100);
  } catch (cause) {
    throw new Error(`${name} does not answer:\n${child.lines.slice(-12).join('\n')}`, { cause });
  }
  return { name, at, child };
}
