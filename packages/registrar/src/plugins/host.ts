import type { Log } from '@callsign/daemon';
import { portionOf } from '../portion.ts';
import type { PluginSubject } from './container.ts';
import { PluginError, type PluginFailure } from './errors.ts';
import { GuestLost, GuestProcess } from './guest-process.ts';
import { type Answer, type GuestLimits, type Plugin, type PluginDefaults, UNASKED } from './messages.ts';
import { type Draft, readReport } from './result.ts';
import type { Bounds } from './watchdog.ts';

/** What a plugin made of a container. */
export interface PluginResult {
  readonly plugin: string;
  readonly shipped: boolean;
  readonly drafts: readonly Draft[];
}

/** A line that a plugin wrote to its console. */
export interface ConsoleLine {
  readonly plugin: string;
  readonly container: string;
  readonly line: string;
}

export interface PluginHostOptions {
  readonly plugins: readonly Plugin[];
  readonly defaults: PluginDefaults;
  readonly log: Log;
  readonly limits?: GuestLimits;
  /** Takes what plugins write to their console; the debug log when left out. */
  readonly onConsole?: (line: ConsoleLine) => void;
}

/** A container that waits for its plugins. */
interface Waiting extends PluginSubject {
  readonly done: PromiseWithResolvers<PluginResult | undefined>;
}

const LIMITS: GuestLimits = { timeoutMs: 1_000, memoryMb: 32 };
/** What Node itself holds with an isolate in it, and as much again for what native code takes beside the heap. */
const PROCESS_MB = 192;
/** For the process to start and for one script to be loaded, on a machine that is busy. */
const LOAD_MS = 10_000;
/** The isolate's own limit comes first; only what it cannot stop is left to the watchdog. */
const GRACE_MS = 500;
/**
 * How many containers share a message, and how many characters where there is more than one: as much as a socket of
 * Linux takes at once. The rest of a longer message would be sent only after everything that follows from the answer
 * before, and the guest would be idle meanwhile.
 */
const ONE_MESSAGE = { items: 32, characters: 140_000 };

/**
 * Runs plugins in a process of their own and is never hurt by them: a call that does not come back costs its own
 * result and the process, which is replaced at once. Containers that wait at the same time share a message; when
 * something goes wrong with one, each of them is asked about by itself, so that it is known whose call it was.
 */
export class PluginHost {
  readonly #options: PluginHostOptions;
  readonly #limits: GuestLimits;
  readonly #residentMb: number;
  readonly #waiting: Waiting[] = [];
  #serving: Promise<void> | undefined;
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
  run({ id, text }: PluginSubject): Promise<PluginResult | undefined> {
    const done = Promise.withResolvers<PluginResult | undefined>();
    this.#waiting.push({ id, text, done });
    this.#serving ??= this.#serve();
    return done.promise;
  }

  /** The guest's process at the moment, for whoever looks after processes. */
  async pid(): Promise<number | undefined> {
    return (await this.#running()).pid;
  }

  /** Resolves when nobody waits any more. */
  async idle(): Promise<void> {
    await this.#serving;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#process?.kill();
    await this.#guest?.catch(() => undefined);
  }

  /**
   * One message at a time. Containers that come meanwhile go with the next one, which is sent before the results of
   * the last are told.
   */
  async #serve(): Promise<void> {
    await Promise.resolve();
    let tell = NOBODY;
    while (this.#waiting.length > 0) {
      const answered = this.#together(this.#nextBatch());
      tell();
      tell = await answered;
    }
    this.#serving = undefined;
    tell();
  }

  #nextBatch(): readonly Waiting[] {
    return this.#waiting.splice(
      0,
      portionOf(this.#waiting, ONE_MESSAGE, ({ text }) => text.length),
    );
  }

  /** The usual way: all plugins for all these containers in one message. @returns what tells them their results */
  async #together(batch: readonly Waiting[]): Promise<() => void> {
    const plugins = [...this.#options.plugins.keys()];
    if (batch.length * plugins.length === 1) return this.#oneByOne(batch);
    try {
      const answer = await this.#askOnce(batch, plugins);
      if (answer.kind === 'returned') return () => this.#settle(batch, answer.reports);
    } catch (error) {
      if (error instanceof GuestLost) return this.#oneByOne(batch);
      return () => {
        for (const { done } of batch) done.reject(error);
      };
    }
    return this.#oneByOne(batch);
  }

  #settle(batch: readonly Waiting[], reports: readonly (readonly string[])[]): void {
    for (const [at, waiting] of batch.entries()) {
      settle(waiting.done, () => this.#decided(waiting, reports[at] ?? [], 0));
    }
  }

  /** The careful way: one plugin for one container at a time. */
  async #oneByOne(batch: readonly Waiting[]): Promise<() => void> {
    for (const waiting of batch) await this.#alone(waiting).then(waiting.done.resolve, waiting.done.reject);
    return NOBODY;
  }

  async #alone(waiting: Waiting): Promise<PluginResult | undefined> {
    for (const plugin of this.#options.plugins.keys()) {
      const answer = await this.#ask(waiting, plugin);
      if (answer.kind === 'stopped') throw this.#failure(plugin, answer.failure, answer.reason);
      const result = this.#decided(
        waiting,
        answer.kind === 'returned' ? (answer.reports[0] ?? []) : [],
        plugin,
      );
      if (result !== undefined) return result;
    }
    return undefined;
  }

  /**
   * A process that somebody else ended says nothing about the plugin, and memory that ran out may have been taken by
   * the calls before: such a call gets a second chance.
   */
  async #ask(waiting: Waiting, plugin: number): Promise<Answer> {
    try {
      const answer = await this.#askOnce([waiting], [plugin]);
      if (answer.kind !== 'stopped' || answer.failure !== 'memory') return answer;
    } catch (error) {
      if (!(error instanceof GuestLost) || error.overrun !== undefined) throw this.#lost(plugin, error);
    }
    try {
      return await this.#askOnce([waiting], [plugin]);
    } catch (error) {
      throw this.#lost(plugin, error);
    }
  }

  async #askOnce(batch: readonly Waiting[], plugins: readonly number[]): Promise<Answer> {
    const guest = await this.#running();
    const bounds = this.#bounds(this.#limits.timeoutMs * plugins.length + GRACE_MS);
    const containers = batch.map(({ text }) => text);
    try {
      const answer = await guest.ask({ kind: 'call', plugins, containers }, bounds);
      if (answer.kind === 'stopped' && answer.failure !== 'threw') this.#replace(guest);
      return answer;
    } catch (error) {
      this.#replace(guest);
      throw error;
    }
  }

  /** Reads the reports of the plugins asked, the first of which is `plugin`; the first that decides counts. */
  #decided({ id }: Waiting, reports: readonly string[], plugin: number): PluginResult | undefined {
    for (const [at, text] of reports.entries()) {
      if (text === UNASKED) continue;
      const { name = '', shipped = false } = this.#options.plugins[plugin + at] ?? {};
      const report = readReport(name, text);
      for (const line of report.console) this.#console({ plugin: name, container: id, line });
      if (report.failure !== undefined) throw report.failure;
      if (report.drafts !== undefined) return { plugin: name, shipped, drafts: report.drafts };
    }
    return undefined;
  }

  #console(line: ConsoleLine): void {
    const { onConsole = (fields) => this.#options.log.debug('a plugin says', { ...fields }) } = this.#options;
    onConsole(line);
  }

  #lost(plugin: number, error: unknown): unknown {
    if (!(error instanceof GuestLost)) return error;
    return this.#failure(plugin, error.overrun?.failure ?? 'died', error.message);
  }

  #failure(plugin: number, failure: PluginFailure, reason: string): PluginError {
    return new PluginError(this.#options.plugins[plugin]?.name ?? '', failure, reason);
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

/** Tells nobody: whoever was asked about one by one has been told already. */
const NOBODY = (): void => undefined;

function settle<T>(done: PromiseWithResolvers<T>, work: () => T): void {
  try {
    done.resolve(work());
  } catch (error) {
    done.reject(error);
  }
}
