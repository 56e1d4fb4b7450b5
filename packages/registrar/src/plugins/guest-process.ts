import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs';
import type { Socket } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Lines } from './lines.ts';
import { type Answer, HOST_FD, LONGEST_ANSWER, linesOf, type Question, readAnswer } from './messages.ts';
import { type Bounds, type Overrun, watch } from './watchdog.ts';

/** The process ended, or was ended, before it answered. */
export class GuestLost extends Error {
  /** What the watchdog found; undefined when the process ended by itself. */
  readonly overrun: Overrun | undefined;

  constructor(reason: string, overrun?: Overrun) {
    super(reason);
    this.name = 'GuestLost';
    this.overrun = overrun;
  }
}

/** A source beside a source, a compiled file beside a compiled one. */
const ENTRY = fileURLToPath(new URL('./guest-main.ts', import.meta.url)).replace(
  /\.ts$/,
  extname(import.meta.url),
);

/**
 * Nothing of our own start carries over, and the process may do nothing but compute: no files to write, no
 * processes, no threads of its own making. isolated-vm asks for the first switch.
 */
const SWITCHES = [
  '--no-node-snapshot',
  '--permission',
  '--allow-addons',
  '--allow-fs-read=*',
  '--disable-warning=SecurityWarning',
];

const NONSENSE: Overrun = { failure: 'nonsense', reason: 'made its process talk nonsense' };

/** How much of its last words is kept. */
const LAST_WORDS = 1_000;

/** A child process with the isolates in it: one question at a time, each under a watchdog. */
export class GuestProcess {
  readonly #child: ChildProcess;
  readonly #socket: Socket | undefined;
  readonly #lines = new Lines(LONGEST_ANSWER);
  #waiting: PromiseWithResolvers<Answer> | undefined;
  #overrun: Overrun | undefined;
  #lastWords = '';
  #ended = false;

  constructor() {
    this.#child = spawn(process.execPath, [...SWITCHES, ENTRY], {
      env: {},
      cwd: '/',
      // Ctrl-C goes to the whole process group: the guest is to end when its host says so, and not before.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#child.on('error', (error) => this.#end(`its process failed: ${error.message}`));
    this.#socket = socketOf(this.#child);
    this.#socket?.setEncoding('utf8').on('data', (piece: string) => this.#hear(piece));
    // Whatever breaks the socket ends the process, and that is told.
    this.#socket?.on('error', () => this.kill());
    this.#child.on('exit', (code, signal) =>
      this.#end(`its process ended (${signal ?? `exit code ${code}`})`),
    );
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
    });
    dieFirst(this.#child.pid);
  }

  get ended(): boolean {
    return this.#ended;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** @throws {GuestLost} when the process ends without an answer */
  async ask(question: Question, bounds: Bounds): Promise<Answer> {
    if (this.#ended) throw this.#lost('its process has ended');
    this.#waiting = Promise.withResolvers<Answer>();
    const unwatch = watch(this.#child.pid ?? 0, bounds, (overrun) => this.#stop(overrun));
    try {
      this.#send(linesOf(question));
      return await this.#waiting.promise;
    } finally {
      unwatch();
      this.#waiting = undefined;
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** In one call, but never put together to one text: room for a text of that size is dearer than its bytes. */
  #send(lines: readonly string[]): void {
    this.#socket?.cork();
    for (const line of lines) {
      this.#socket?.write(line);
      this.#socket?.write('\n');
    }
    this.#socket?.uncork();
  }

  #hear(piece: string): void {
    try {
      for (const line of this.#lines.push(piece)) this.#answered(line);
    } catch {
      this.#stop(NONSENSE);
    }
  }

  #answered(line: string): void {
    const answer = readAnswer(line);
    if (answer !== undefined) this.#waiting?.resolve(answer);
    else this.#stop(NONSENSE);
  }

  #stop(overrun: Overrun): void {
    this.#overrun = overrun;
    this.kill();
  }

  #end(reason: string): void {
    this.#ended = true;
    this.#waiting?.reject(this.#lost(reason));
    this.kill();
  }

  #lost(reason: string): GuestLost {
    const words = this.#lastWords.trim();
    return new GuestLost(
      this.#overrun?.reason ?? (words === '' ? reason : `${reason}: ${words}`),
      this.#overrun,
    );
  }
}

/** Where no file descriptor is left Node makes none of a child's streams, and tells of the error afterwards. */
function socketOf({ stdio }: Partial<Pick<ChildProcess, 'stdio'>>): Socket | undefined {
  return stdio?.[HOST_FD] as Socket | undefined;
}

/** When the machine runs out of memory, let it take the guest and not us. Only Linux knows this. */
function dieFirst(pid: number | undefined): void {
  if (pid !== undefined) writeFile(`/proc/${pid}/oom_score_adj`, '1000', () => undefined);
}
