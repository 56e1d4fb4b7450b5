import { formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import type { Engine } from '../../support/engine.ts';
import { Callsign } from '../../support/process.ts';

/** Seconds: long enough for a registrar to be started again on a machine that has much else to do. */
const LEASE = 60;

/** A daemon that a test ends and starts again, each time with the same arguments. */
class Daemon {
  readonly #args: readonly string[];
  readonly #lives: Callsign[] = [];

  constructor(...args: readonly string[]) {
    this.#args = args;
  }

  /** One that a failed test has left running goes first. */
  async start(): Promise<void> {
    await this.end('SIGKILL');
    this.#lives.push(await Callsign.serving(this.#args));
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    await this.#lives.at(-1)?.end(signal);
  }

  /** The log of all its lives. */
  get said(): string {
    return this.#lives.map((life) => life.said).join('\n--\n');
  }
}

/** A nameserver on an Engine's bridge, where containers reach it as they would in real life. */
export class NameserverProcess extends Daemon {
  readonly dns: SocketAddress;
  readonly http: SocketAddress;

  constructor({ bridge }: Engine, store: string) {
    const dns = { host: bridge.gateway, port: 53 };
    const http = { host: bridge.gateway, port: 8080 };
    const listen = ['--dns', formatSocketAddress(dns), '--http', formatSocketAddress(http)];
    super('nameserver', '--store', store, ...listen, '--nameserver', 'none');
    this.dns = dns;
    this.http = http;
  }
}

export class RegistrarProcess extends Daemon {
  constructor({ socket }: Engine, store: string, node: string, ...more: readonly string[]) {
    const where = ['--store', store, '--docker', `unix://${socket}`, '--node', node];
    const rest = ['--lease', String(LEASE), '--http', '127.0.0.1:0'];
    // The last of an option counts.
    super('registrar', ...where, ...rest, ...more);
  }
}

/** To be called after each test: shows what the daemons said when it has failed. */
export function explain({ currentTest }: Mocha.Context, ...daemons: readonly (Daemon | undefined)[]): void {
  if (currentTest?.state !== 'failed') return;
  process.stderr.write(`\nwhat the daemons said before "${currentTest.fullTitle()}" failed:\n`);
  for (const daemon of daemons) process.stderr.write(`\n${daemon?.said ?? 'never started'}\n`);
}
