import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A program that a test starts and ends, by its process id. What it writes to stderr is kept line by line. */
export class Child {
  /** Resolves when the process has gone; a child of its own may live on and hold its stderr. */
  readonly exited: Promise<Exit>;
  readonly lines: string[] = [];
  readonly #process: ChildProcess;

  constructor(file: string, args: readonly string[], options: SpawnOptions = {}) {
    const { promise, resolve, reject } = Promise.withResolvers<Exit>();
    this.exited = promise;
    this.#process = spawn(file, [...args], { stdio: ['ignore', 'ignore', 'pipe'], ...options });
    running.add(this.#process);
    this.#process.once('error', reject);
    this.#process.once('exit', (code, signal) => {
      running.delete(this.#process);
      resolve({ code, signal });
    });
    if (this.#process.stderr === null) return;
    createInterface({ input: this.#process.stderr }).on('line', (line) => this.lines.push(line));
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the process was never started');
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Sends a signal and waits for the end; a process that does not end within `ms` is killed. */
  async end(name: NodeJS.Signals, ms = 30_000): Promise<Exit> {
    if (this.running) this.signal(name);
    const timer = setTimeout(() => this.signal('SIGKILL'), ms);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }
}
