import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Namespace } from './namespace.ts';
import { ownedFolder } from './owned.ts';
import { ETCD, pathOf } from './parts.ts';
import { freePort } from './ports.ts';
import { eventually } from './wait.ts';

const run = promisify(execFile);

/** Ended with us, also when a test run is broken off. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** etcd's own times: members that share a busy machine would otherwise elect each other all the time. */
const PATIENT = ['--heartbeat-interval=100', '--election-timeout=1000'];

/** Where a member runs. */
export interface Seat {
  /** The address at which the others and its clients reach it. */
  readonly host: string;
  /** The machine's own when left out. */
  readonly network?: Namespace;
}

const HERE: Seat = { host: '127.0.0.1' };

/** A real etcd with a directory and port numbers of its own, which it keeps over a restart. */
export class Etcd {
  readonly port: number;
  readonly #peerPort: number;
  readonly #directory: string;
  readonly #flags: readonly string[];
  readonly #seat: Seat;
  #process: ChildProcess | undefined;

  private constructor(
    port: number,
    peerPort: number,
    directory: string,
    flags: readonly string[],
    seat: Seat = HERE,
  ) {
    this.#seat = seat;
    this.port = port;
    this.#peerPort = peerPort;
    this.#directory = directory;
    this.#flags = flags;
  }

  /** `flags` are added to etcd's command line; with `--cert-file` among them clients reach it by TLS. */
  static async start(...flags: readonly string[]): Promise<Etcd> {
    const directory = await ownedFolder('etcd');
    const etcd = new Etcd(await freePort(), await freePort(), directory, flags);
    await etcd.restart();
    return etcd;
  }

  /** Members of one cluster, each a process of its own. */
  static async cluster(members: number, seats: readonly Seat[] = []): Promise<Etcd[]> {
    const peers = await Promise.all(Array.from({ length: members }, freePort));
    const all = peers.map((port, at) => `m${at}=http://${(seats[at] ?? HERE).host}:${port}`).join();
    const etcds = peers.map(async (peer, at) => {
      const directory = await ownedFolder('etcd');
      const flags = [`--name=m${at}`, `--initial-cluster=${all}`, ...PATIENT];
      return new Etcd(await freePort(), peer, directory, flags, seats[at]);
    });
    const cluster = await Promise.all(etcds);
    // Together: a member is ready once most of them are there.
    await Promise.all(cluster.map((etcd) => etcd.restart()));
    return cluster;
  }

  /** Starts it again after `end`, on the same data. */
  async restart(): Promise<void> {
    const { network } = this.#seat;
    const [file, args] = network?.command(pathOf(ETCD), this.#arguments) ?? [pathOf(ETCD), this.#arguments];
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    running.add(child);
    const said: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
    await eventually(() => {
      if (child.exitCode !== null) throw new Error(`etcd ended: ${said.join('')}`);
      if (!said.join('').includes('ready to serve client requests')) throw new Error('etcd is not ready');
    }, 75_000);
    child.stderr.removeAllListeners('data').resume();
  }

  /** Starts it again after `kill` on no data at all, as after a disaster. */
  async restartEmpty(): Promise<void> {
    await rm(`${this.#directory}/data`, { recursive: true });
    await this.restart();
  }

  /** Its clients' address. */
  get address(): string {
    return `${this.#seat.host}:${this.port}`;
  }

  /** SIGTERM as an administrator would, SIGKILL as a power cut would. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
    running.delete(child);
  }

  /** Stops it from running without closing anything: a machine that hangs. */
  async pause(): Promise<void> {
    const { pid } = this.#process ?? {};
    if (pid === undefined) return;
    process.kill(pid, 'SIGSTOP');
    await eventually(() => stopped(pid));
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Runs etcdctl against it. */
  async control(...args: readonly string[]): Promise<string> {
    const flags = [`--endpoints=http://${this.address}`, ...args];
    const { stdout } = await run('etcdctl', flags, { env: { ...process.env, ETCDCTL_API: '3' } });
    return stdout;
  }

  /** Forgets what was before a revision. */
  async compact(revision: number): Promise<void> {
    await this.control('compact', String(revision));
  }

  get #arguments(): string[] {
    const secure = this.#flags.some((flag) => flag.startsWith('--cert-file'));
    const client = `${secure ? 'https' : 'http'}://${this.address}`;
    const peer = `http://${this.#seat.host}:${this.#peerPort}`;
    return [
      '--name=test',
      `--data-dir=${this.#directory}/data`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=test=${peer}`,
      // Elections of a tenth of the usual time: the shortest lease is one and a half of them.
      '--heartbeat-interval=10',
      '--election-timeout=100',
      ...this.#flags,
    ];
  }
}

/** Each thread stops by itself, and one that still runs may answer. @throws while one does */
async function stopped(pid: number): Promise<void> {
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const state = /\) (\S)/.exec(await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8'))?.[1];
    if (state !== 'T') throw new Error(`thread ${thread} of etcd is in state ${state}`);
  }
}
