import { nameOfKey } from '@callsign/catalog';
import { type Clock, describe, type Fields, type Log, Once } from '@callsign/daemon';
import type { ContainerSnapshot } from '../engine/snapshot.ts';
import { CONTAINER_STATES, type ContainerState, type RegistrarMetrics } from '../metrics.ts';
import { type PluginContainer, pluginContainer } from '../plugins/container.ts';
import { PluginError } from '../plugins/errors.ts';
import type { PluginResult } from '../plugins/host.ts';
import { asksForName, isIgnored } from '../plugins/marks.ts';
import { published } from './published.ts';
import { type Identity, NO_RECORDS, type Records, recordsOf } from './records.ts';

/** Whoever runs plugins: undefined when none of them wants the container published. */
interface Plugins {
  run(container: PluginContainer): Promise<PluginResult | undefined>;
}

export interface DesiredRecordsOptions {
  readonly plugins: Plugins;
  readonly identity: Identity;
  /** True: a shipped plugin counts only for containers that ask for a name. */
  readonly explicit?: boolean;
  /** The host's address for callers off it; undefined: services go out as the container has them. */
  readonly publishAddress?: string | undefined;
  readonly log: Log;
  readonly metrics: RegistrarMetrics;
  readonly clock: Clock;
}

/** What came of asking for a container's records. */
interface Outcome {
  readonly state: ContainerState;
  readonly records: Records;
  /** What of it was left out, and why. */
  readonly refused?: readonly string[];
  readonly error?: unknown;
}

const SKIPPED: Outcome = { state: 'skipped', records: NO_RECORDS };

/** The last outcome for a container, and what it rests on. */
interface Known extends Outcome {
  /** Everything that a plugin saw of it. */
  readonly seen: string;
  /** Which plugins were asked: how often they had been replaced. */
  readonly plugins: number;
  /** How often in a row it failed. */
  readonly failures: number;
  /** When it is asked for again all the same, in milliseconds of the monotonic clock. */
  readonly again: number;
}

/** A plugin that failed for a container is asked again after this long, then after twice that, and so on. */
const FIRST_AGAIN_MS = 30_000;
const LAST_AGAIN_MS = 3_600_000;

/**
 * Which records a container should have. A plugin is asked again only when what it sees has changed, so that
 * one which hangs costs its time once and not at every look. A container that fails has no records, and the log
 * says why, once.
 */
export class DesiredRecords {
  readonly #options: DesiredRecordsOptions;
  readonly #known = new Map<string, Known>();
  readonly #once = new Once();
  /** How often the plugins have been replaced. */
  #plugins = 0;

  constructor(options: DesiredRecordsOptions) {
    this.#options = options;
  }

  /** How many containers are in each state. */
  states(): readonly (readonly [number, { readonly state: ContainerState }])[] {
    const states = [...this.#known.values()].map(({ state }) => state);
    return CONTAINER_STATES.map((state) => [states.filter((each) => each === state).length, { state }]);
  }

  /** Other plugins rule from now on: whatever was asked before, or is being asked, is to be asked again. */
  replan(): void {
    this.#plugins += 1;
  }

  /** Throws only when the signal has fired, or when no plugin can be run at the moment, whoever wrote it. */
  async of(container: ContainerSnapshot, signal: AbortSignal): Promise<Records> {
    const subject = pluginContainer(container);
    const seen = JSON.stringify(subject);
    const before = this.#known.get(container.id);
    if (before !== undefined && this.#holds(before, seen)) return before.records;
    const plugins = this.#plugins;
    const outcome = await this.#ask(container, subject);
    signal.throwIfAborted();
    this.#tell(container, outcome, before?.records ?? NO_RECORDS);
    this.#remember(container.id, { ...outcome, seen, plugins }, before?.failures ?? 0);
    return outcome.records;
  }

  #holds({ seen, plugins, again }: Known, now: string): boolean {
    return seen === now && plugins === this.#plugins && this.#options.clock.monotonic() < again;
  }

  /** The containers whose plugin failed long enough ago to be asked again. */
  due(): readonly string[] {
    const now = this.#options.clock.monotonic();
    return [...this.#known].filter(([, { again }]) => again <= now).map(([container]) => container);
  }

  forget(container: string): void {
    const { records = NO_RECORDS } = this.#known.get(container) ?? {};
    this.#known.delete(container);
    this.#once.forget(container);
    if (records.size > 0) {
      this.#options.log.info('a container has its names no longer', { container: container.slice(0, 12) });
    }
  }

  async #ask(container: ContainerSnapshot, subject: PluginContainer): Promise<Outcome> {
    const { plugins, identity, explicit = false } = this.#options;
    if (isIgnored(container)) return SKIPPED;
    try {
      const result = await this.#timed(() => plugins.run(subject));
      if (result === undefined || (explicit && result.shipped && !asksForName(container))) return SKIPPED;
      const recorded = recordsOf(container, this.#reachable(container, result), identity);
      return { ...recorded, state: recorded.records.size > 0 ? 'published' : 'skipped' };
    } catch (error) {
      if (error instanceof PluginError && error.failure === 'unloadable') throw error;
      return { state: 'failed', records: NO_RECORDS, error };
    }
  }

  /** What callers off the host can reach, where it is them that names are for. */
  #reachable(container: ContainerSnapshot, result: PluginResult): PluginResult {
    const { publishAddress, log } = this.#options;
    if (publishAddress === undefined) return result;
    const drafts = result.drafts.map((draft) => published(draft, container, publishAddress));
    const reachable = drafts.filter((draft) => draft !== undefined);
    const missing = drafts.length - reachable.length;
    if (missing > 0)
      log.debug('services whose ports are not published are left out', {
        container: container.id.slice(0, 12),
        name: container.name,
        missing,
      });
    return { ...result, drafts: reachable };
  }

  #remember(container: string, asked: Omit<Known, 'failures' | 'again'>, failedBefore: number): void {
    const failures = asked.state === 'failed' ? failedBefore + 1 : 0;
    const wait = Math.min(LAST_AGAIN_MS, FIRST_AGAIN_MS * 2 ** Math.min(failedBefore, 30));
    const again = failures === 0 ? Number.POSITIVE_INFINITY : this.#options.clock.monotonic() + wait;
    this.#known.set(container, { ...asked, failures, again });
  }

  #tell({ id, name }: ContainerSnapshot, outcome: Outcome, before: Records): void {
    const container = { container: id.slice(0, 12), name };
    if (outcome.state === 'failed') this.#tellFailure(id, container, outcome.error);
    else this.#tellNames(id, container, outcome, before);
  }

  #tellNames(
    id: string,
    container: Fields,
    { state, records, refused = [] }: Outcome,
    before: Records,
  ): void {
    this.#tellRefused(id, container, refused);
    const names = [...records.keys()].map(nameOfKey);
    const isNew = names.join() !== [...before.keys()].map(nameOfKey).join();
    if (state === 'skipped') this.#options.log.debug('this container gets no name', container);
    else if (isNew) this.#options.log.info('a container has names', { ...container, names });
  }

  #tellRefused(id: string, container: Fields, refused: readonly string[]): void {
    if (refused.length === 0) this.#once.forget(id);
    else if (this.#once.first(id, refused.join())) {
      this.#options.log.warn('a container is published without some of its names', { ...container, refused });
    }
  }

  #tellFailure(id: string, container: Fields, error: unknown): void {
    const plugin = error instanceof PluginError ? { plugin: error.plugin } : {};
    const label = error instanceof PluginError ? error.failure : 'refused';
    this.#options.metrics.pluginFailures.add(1, { reason: label });
    const reason = describe(error);
    if (!this.#once.first(id, reason)) return;
    this.#options.log.warn('a container is not published', { ...container, ...plugin, reason });
  }

  async #timed<T>(work: () => Promise<T>): Promise<T> {
    const { clock, metrics } = this.#options;
    const began = clock.monotonic();
    try {
      return await work();
    } finally {
      metrics.pluginSeconds.observe((clock.monotonic() - began) / 1_000);
    }
  }
}
