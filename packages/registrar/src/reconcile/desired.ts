import { hash } from 'node:crypto';
import { nameOfKey } from '@callsign/catalog';
import { type Clock, describe, type Fields, inSpan, type Log, Once } from '@callsign/daemon';
import type { ContainerTraces } from '../container-traces.ts';
import type { ContainerSnapshot } from '../engine/snapshot.ts';
import { CONTAINER_STATES, type ContainerState, type RegistrarMetrics } from '../metrics.ts';
import { type PluginSubject, pluginContainer, pluginSubject } from '../plugins/container.ts';
import { PluginError } from '../plugins/errors.ts';
import type { PluginResult } from '../plugins/host.ts';
import { type DecisionRules, decide } from './decision.ts';
import { NO_RECORDS, type Records } from './records.ts';
import { fewOf, saidOf } from './said.ts';

export interface DesiredRecordsOptions extends DecisionRules {
  readonly log: Log;
  readonly metrics: RegistrarMetrics;
  readonly traces: ContainerTraces;
  readonly clock: Clock;
}

/** What came of asking for a container's records. */
interface Outcome {
  readonly state: ContainerState;
  readonly records: Records;
  readonly refused?: readonly string[];
  readonly why?: string | undefined;
  readonly plugin?: string | undefined;
  readonly error?: unknown;
}

/** The last outcome for a container, and what it rests on. */
interface Known extends Outcome {
  /** A digest of everything that a plugin saw of it, which may be much. */
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

const NO_LONGER = 'a container has its names no longer';

/**
 * Which records a container should have. A plugin is asked again only when what it sees has changed, so that
 * one which hangs costs its time once and not at every look. A container that fails has no records, and the log
 * says why, once.
 */
export class DesiredRecords {
  readonly #options: DesiredRecordsOptions;
  readonly #rules: DecisionRules;
  readonly #known = new Map<string, Known>();
  readonly #once = new Once();
  /** How often the plugins have been replaced. */
  #plugins = 0;

  constructor(options: DesiredRecordsOptions) {
    this.#options = options;
    this.#rules = { ...options, plugins: { run: (subject) => this.#timed(subject) } };
  }

  /** Those that have been asked for and not forgotten since. */
  get containers(): Iterable<string> {
    return this.#known.keys();
  }

  /** How many containers are in each state. */
  states(): readonly (readonly [number, { readonly state: ContainerState }])[] {
    const counts = new Map<ContainerState, number>();
    for (const { state } of this.#known.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
    return CONTAINER_STATES.map((state) => [counts.get(state) ?? 0, { state }]);
  }

  /** Other plugins rule from now on: whatever was asked before, or is being asked, is to be asked again. */
  replan(): void {
    this.#plugins += 1;
  }

  /** Throws only when the signal has fired, or when no plugin can be run at the moment, whoever wrote it. */
  async of(container: ContainerSnapshot, signal: AbortSignal): Promise<Records> {
    const subject = pluginSubject(pluginContainer(container));
    const seen = hash('sha1', subject.text, 'base64');
    const before = this.#known.get(container.id);
    if (before !== undefined && this.#holds(before, seen)) return before.records;
    const plugins = this.#plugins;
    const outcome = await this.#traced(container, subject);
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
      this.#options.log.info(NO_LONGER, { container: container.slice(0, 12) });
    }
  }

  #traced(container: ContainerSnapshot, subject: PluginSubject): Promise<Outcome> {
    if (!this.#options.traces.follow(container.id)) return this.#ask(container, subject);
    const span = this.#options.traces.step(container.id, 'plugins');
    return inSpan(span, async () => {
      const outcome = await this.#ask(container, subject);
      const names = [...outcome.records.keys()].map(nameOfKey);
      const { state, plugin = '', error } = outcome;
      const name = container.name.replace(/^\//, '');
      this.#options.traces.tell(container.id, { 'container.name': name, 'callsign.names': names });
      span.set({ 'callsign.state': state, 'callsign.names': names, 'callsign.plugin': plugin });
      if (state === 'failed') span.end(error);
      return outcome;
    });
  }

  async #ask(container: ContainerSnapshot, subject: PluginSubject): Promise<Outcome> {
    try {
      const { records, refused, why, plugin } = await decide(container, subject, this.#rules);
      return { state: records.size > 0 ? 'published' : 'skipped', records, refused, why, plugin };
    } catch (error) {
      if (error instanceof PluginError && error.failure === 'unloadable') throw error;
      return { state: 'failed', records: NO_RECORDS, error };
    }
  }

  #remember(container: string, asked: Omit<Known, 'failures' | 'again'>, failedBefore: number): void {
    const failures = asked.state === 'failed' ? failedBefore + 1 : 0;
    const wait = Math.min(LAST_AGAIN_MS, FIRST_AGAIN_MS * 2 ** Math.min(failedBefore, 30));
    const again = failures === 0 ? Number.POSITIVE_INFINITY : this.#options.clock.monotonic() + wait;
    this.#known.set(container, { ...asked, failures, again });
  }

  #tell(snapshot: ContainerSnapshot, outcome: Outcome, before: Records): void {
    const { id } = snapshot;
    const container = saidOf(snapshot);
    if (outcome.state === 'failed') this.#tellFailure(id, container, outcome.error);
    else this.#tellNames(id, container, outcome, before);
  }

  #tellNames(id: string, container: Fields, outcome: Outcome, before: Records): void {
    const { log } = this.#options;
    const { records, refused = [], why } = outcome;
    this.#tellRefused(id, container, refused);
    if (why !== undefined)
      log.debug('a container has not all the names it could have', { ...container, why });
    if ([...records.keys()].join() === [...before.keys()].join()) return;
    const names = [...records.keys()].map(nameOfKey);
    if (names.length > 0) log.info('a container has names', { ...container, names });
    else log.info(NO_LONGER, container);
  }

  #tellRefused(id: string, container: Fields, refused: readonly string[]): void {
    if (refused.length === 0) this.#once.forget(id);
    else if (this.#once.first(id, refused.join())) {
      const message = 'a container does not get all that it asks for';
      this.#options.log.warn(message, { ...container, refused: fewOf(refused) });
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

  async #timed(subject: PluginSubject): Promise<PluginResult | undefined> {
    const { clock, metrics, plugins } = this.#options;
    const began = clock.monotonic();
    try {
      return await plugins.run(subject);
    } finally {
      metrics.pluginSeconds.observe((clock.monotonic() - began) / 1_000);
    }
  }
}
