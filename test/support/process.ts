import { fileURLToPath } from 'node:url';
import type { SocketAddress } from '@callsign/daemon';
import { socketAddress } from '@callsign/daemon';
import { Child, type Exit } from './child.ts';
import type { Namespace } from './namespace.ts';
import { eventually } from './wait.ts';

const CLI = new URL('../../packages/cli/', import.meta.url);

/** What Node is started with: its options and the file to run. */
const FROM_SOURCE = ['--conditions=callsign-source', file('src/main.ts')];
/** As it is installed: what the build made last. */
export const COMPILED = ['--enable-source-maps', file('bin/callsign.js')];

/** From the sources a process takes long to start where many do so at once. */
const STARTS_MS = 75_000;

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A `callsign` process, from the sources unless told otherwise, with the environment of nobody: only what a test hands in. */
export class Callsign {
  readonly #child: Child;
  readonly #args: readonly string[];

  /** @param within the network namespace that it runs in; absent: the machine's own */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    within?: Pick<Namespace, 'command'>,
    program: readonly string[] = FROM_SOURCE,
  ) {
    const words = [...program, ...args];
    const [command, all] = within?.command(process.execPath, words) ?? [process.execPath, words];
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    this.#args = args;
    this.#child = new Child(command, all, { env: { PATH, NODE_COMPILE_CACHE, ...env } });
  }

  /** Starts one and waits until it says where it serves; one that does not is ended. */
  static async serving(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Callsign> {
    const callsign = new Callsign(args, env);
    try {
      await callsign.logged('serving', STARTS_MS);
      return callsign;
    } catch (error) {
      await callsign.end('SIGKILL');
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  get log(): LogLine[] {
    return this.#child.lines.flatMap(parse);
  }

  /** Everything it wrote to stderr, for a failed test's message. */
  get said(): string {
    return this.#child.lines.join('\n');
  }

  get exited(): Promise<Exit> {
    return this.#child.exited;
  }

  /** The first address that it answers DNS on. */
  get dns(): SocketAddress {
    return this.#served('dns');
  }

  /** The first address that it answers HTTP on. */
  get http(): SocketAddress {
    return this.#served('http');
  }

  /** Waits for a log line with this message. */
  async logged(message: string, ms?: number): Promise<LogLine> {
    return await eventually(() => this.#line(message), ms);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.signal(name);
  }

  /** Sends a signal and waits for the end; killed when that takes too long, which the exit then tells. */
  async end(signal: NodeJS.Signals): Promise<Exit> {
    return await this.#child.end(signal);
  }

  #line(message: string): LogLine {
    const found = this.log.find((line) => line.message === message);
    if (found !== undefined) return found;
    const state = this.#child.running ? 'has not said' : 'has ended without saying';
    throw new Error(`callsign ${this.#args.join(' ')} ${state} "${message}":\n${this.said}`);
  }

  #served(what: 'dns' | 'http'): SocketAddress {
    const [first] = this.#line('serving')[what] as readonly string[];
    if (first === undefined) throw new Error(`callsign ${this.#args.join(' ')} serves no ${what}`);
    return socketAddress()(first);
  }
}

function file(path: string): string {
  return fileURLToPath(new URL(path, CLI));
}

function parse(line: string): LogLine[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}
