import type { Log } from '@callsign/daemon';
import type { PluginContainer } from './container.ts';
import { PluginError, type PluginFailure } from './errors.ts';
import { GuestLost, GuestProcess } from './guest-process.ts';
import type { Answer, GuestLimits, Plugin, PluginDefaults } from './messages.ts';
import { type Draft, readReport } from './result.ts';
import type { Bounds } from './watchdog.ts';

/** What a plugin made of a container. */
export interface PluginResult {
  readonly plugin: string;
  readonly drafts: readonly Draft[];
}

export interface PluginHostOptions {
  readonly plugins: readonly Plugin[];
  readonly defaults: PluginDefaults;
  readonly log: Log;
  readonly limits?: GuestLimits;
}

const LIMITS: GuestLimits = { timeoutMs: 1_000, memoryMb: 32 };
/** What Node itself holds with an isolate in it, and as much again for what native code takes beside the heap. */
const PROCESS_MB = 192;
/** For the process to start and for one script to be loaded, on a machine that is busy. */
const LOAD_MS = 10_000;
/** The isolate's own limit comes first; only what it cannot stop is left to the watchdog. */
const GRACE_MS = 500;

/**
 * Runs plugins in a process of their own and is never hurt by them: a call that does not come back costs its own
 * result and the process, which is replaced at once.
 */
export class PluginHost {
  readonly #options: PluginHostOptions;
  readonly #limits: GuestLimits;
  readonly #residentMb: number;
  /** The calls wait for each other: so it is always known whose call ended the process. */
  #queue: Promise<unknown> = Promise.resolve();
  /** The process that is up or starting; there is never more than one. */
  #process: GuestProcess | undefined;
  /** The same once it has loaded the plugins. */
  #guest: Promise<GuestProcess> | undefined;
  #closed = false;

  constructor(options: PluginHostOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LIMITS;
    this.#residentMb = PROCESS_MB + options.plugins.length * this.#limits.memoryMb;
  }

  /** @throws {PluginError} naming the first script that cannot be loaded, and why */
  async start(): Promise<void> {
    await this.#running();
  }

  /**
   * Asks the plugins in order; the first that returns something decides. Undefined: none of them wants the
   * container published.
   * @throws {PluginError} when one of them fails
   */
  run(container: PluginContainer): Promise<PluginResult | undefined> {
    const turn = this.#queue.then(() => this.#runInTurn(container));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** The guest's process at the moment, for whoever looks after processes. */
  async pid(): Promise<number | undefined> {
    return (await this.#running()).pid;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#process?.kill();
    await this.#guest?.catch(() => undefined);
  }

  async #runInTurn(container: PluginContainer): Promise<PluginResult | undefined> {
    const text = JSON.stringify(container);
    for (const [index, { name }] of this.#options.plugins.entries()) {
      const answer = await this.#call(index, text);
      const drafts = this.#read(name, answer, container.Id);
      if (drafts !== undefined) return { plugin: name, drafts };
    }
    return undefined;
  }

  /** A process that somebody else ended says nothing about the plugin: such a call gets a second chance. */
  async #call(plugin: number, container: string): Promise<Answer> {
    try {
      return await this.#callOnce(plugin, container);
    } catch (error) {
      if (!(error instanceof GuestLost) || error.overrun !== undefined) throw this.#failed(plugin, error);
    }
    try {
      return await this.#callOnce(plugin, container);
    } catch (error) {
      throw this.#failed(plugin, error);
    }
  }

  async #callOnce(plugin: number, container: string): Promise<Answer> {
    const guest = await this.#running();
    const bounds = this.#bounds(this.#limits.timeoutMs + GRACE_MS);
    try {
      const answer = await guest.ask({ kind: 'call', plugin, container }, bounds);
      if (answer.kind === 'stopped' && answer.failure !== 'threw') this.#replace(guest);
      return answer;
    } catch (error) {
      this.#replace(guest);
      throw error;
    }
  }

  #read(plugin: string, answer: Answer, container: string): readonly Draft[] | undefined {
    if (answer.kind === 'stopped') throw new PluginError(plugin, answer.failure, answer.reason);
    const report = readReport(plugin, answer.kind === 'returned' ? answer.text : '');
    for (const line of report.console) this.#options.log.debug('a plugin says', { plugin, container, line });
    if (report.failure !== undefined) throw report.failure;
    return report.drafts;
  }

  #failed(plugin: number, error: unknown): unknown {
    if (!(error instanceof GuestLost)) return error;
    const failure: PluginFailure = error.overrun?.failure ?? 'died';
    return new PluginError(this.#options.plugins[plugin]?.name ?? '', failure, error.message);
  }

  /** Starts the next process before anybody asks for it, so that no container has to wait for the start. */
  #replace(guest: GuestProcess): void {
    guest.kill();
    this.#guest = undefined;
    this.#running().catch((error: unknown) => {
      this.#options.log.debug('the next plugin process did not start', { error: String(error) });
    });
  }

  async #running(): Promise<GuestProcess> {
    if (this.#closed) throw new GuestLost('the plugin host is closed');
    this.#guest ??= this.#spawn();
    const starting = this.#guest;
    try {
      const guest = await starting;
      if (!guest.ended) return guest;
    } catch (error) {
      if (this.#guest === starting) this.#guest = undefined;
      throw error;
    }
    if (this.#guest === starting) this.#guest = undefined;
    return this.#running();
  }

  async #spawn(): Promise<GuestProcess> {
    const guest = new GuestProcess();
    this.#process = guest;
    try {
      for (const plugin of this.#options.plugins) await this.#load(guest, plugin);
      return guest;
    } catch (error) {
      guest.kill();
      throw error;
    }
  }

  async #load(guest: GuestProcess, plugin: Plugin): Promise<void> {
    const { defaults } = this.#options;
    const question = { kind: 'load', plugin, defaults, limits: this.#limits } as const;
    const reason = await guest.ask(question, this.#bounds(LOAD_MS)).then(
      (answer) => (answer.kind === 'stopped' ? answer.reason : undefined),
      (error: GuestLost) => error.message,
    );
    if (reason === undefined) return;
    throw new PluginError(plugin.name, 'unloadable', `cannot be loaded: ${reason}`);
  }

  #bounds(deadlineMs: number): Bounds {
    return { deadlineMs, residentMb: this.#residentMb };
  }
}
