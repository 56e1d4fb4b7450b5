import { formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import type { Engine } from '../../support/engine.ts';
import { Callsign } from '../../support/process.ts';

/** Seconds. Long enough for a registrar to be started again, short enough to wait for its end. */
const LEASE = 5;

/** A nameserver process on an Engine's bridge, where containers reach it as they would in real life. */
export class NameserverProcess {
  readonly dns: SocketAddress;
  readonly http: SocketAddress;
  readonly #args: readonly string[];
  #process: Callsign | undefined;

  constructor(engine: Engine, store: string) {
    this.dns = { host: engine.bridge.gateway, port: 53 };
    this.http = { host: engine.bridge.gateway, port: 8080 };
    const listen = ['--dns', formatSocketAddress(this.dns), '--http', formatSocketAddress(this.http)];
    this.#args = ['nameserver', '--store', store, ...listen, '--nameserver', 'none'];
  }

  /** On the same addresses every time. */
  async start(): Promise<void> {
    this.#process = await Callsign.serving(this.#args);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    await this.#process?.end(signal);
  }
}

/** A registrar process for an Engine. */
export class RegistrarProcess {
  readonly #args: readonly string[];
  #process: Callsign | undefined;

  constructor(engine: Engine, store: string, node: string) {
    const where = ['--store', store, '--docker', `unix://${engine.socket}`, '--node', node];
    this.#args = ['registrar', ...where, '--lease', String(LEASE), '--http', '127.0.0.1:0'];
  }

  async start(): Promise<void> {
    this.#process = await Callsign.serving(this.#args);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    await this.#process?.end(signal);
  }
}
