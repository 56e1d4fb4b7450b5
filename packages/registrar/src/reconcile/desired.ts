import { nameOfKey } from '@callsign/catalog';
import { type Clock, describe, type Log, Once } from '@callsign/daemon';
import type { ContainerSnapshot } from '../engine/snapshot.ts';
import { CONTAINER_STATES, type ContainerState, type RegistrarMetrics } from '../metrics.ts';
import { type PluginContainer, pluginContainer } from '../plugins/container.ts';
import { PluginError } from '../plugins/errors.ts';
import type { PluginResult } from '../plugins/host.ts';
import { type Identity, NO_RECORDS, type Records, recordsOf } from './records.ts';

/** Whoever runs plugins: undefined when none of them wants the container published. */
interface Plugins {
  run(container: PluginContainer): Promise<PluginResult | undefined>;
}

export interface DesiredRecordsOptions {
  readonly plugins: Plugins;
  readonly identity: Identity;
  readonly log: Log;
  readonly metrics: RegistrarMetrics;
  readonly clock: Clock;
}

/** What a container came to the last time that it was looked at. */
interface Known {
  /** Everything that a plugin saw of it. */
  readonly seen: string;
  readonly state: ContainerState;
  readonly records: Records;
  /** How often in a row it failed, and when it is tried again, in milliseconds of the monotonic clock. */
  readonly failures: number;
  readonly again: number;
}

/** A plugin that failed for a container is asked again after this long, then after twice that, and so on. */
const FIRST_AGAIN_MS = 30_000;
const LAST_AGAIN_MS = 3_600_000;

/**
 * Which records a container should have. A plugin is asked again only when what it sees has changed, so that
 * one which hangs costs its time once and not at every look. Never rejects: a container that fails has no records,
 * and the log says why, once.
 */
export class DesiredRecords {
  readonly #options: DesiredRecordsOptions;
  readonly #known = new Map<string, Known>();
  readonly #once = new Once();

  constructor(options: DesiredRecordsOptions) {
    this.#options = options;
  }

  /** How many containers are in each state. */
  states(): readonly (readonly [number, { readonly state: ContainerState }])[] {
    const states = [...this.#known.values()].map(({ state }) => state);
    return CONTAINER_STATES.map((state) => [states.filter((each) => each === state).length, { state }]);
  }

  async of(container: ContainerSnapshot): Promise<Records> {
    const subject = pluginContainer(container);
    const seen = JSON.stringify(subject);
    const before = this.#known.get(container.id);
    const { clock } = this.#options;
    if (before?.seen === seen && clock.monotonic() < before.again) return before.records;
    const found = await this.#ask(container, subject, seen, before?.failures ?? 0);
    this.#known.set(container.id, found);
    this.#tellNames(container, found.records, before?.records ?? NO_RECORDS);
    return found.records;
  }

  forget(container: string): void {
    this.#known.delete(container);
    this.#once.forget(container);
  }

  async #ask(
    container: ContainerSnapshot,
    subject: PluginContainer,
    seen: string,
    failures: number,
  ): Promise<Known> {
    const { identity } = this.#options;
    const again = Number.POSITIVE_INFINITY;
    try {
      const result = await this.#timed(() => this.#options.plugins.run(subject));
      if (result === undefined) return this.#skipped(container, seen);
      const records = recordsOf(container, result, identity);
      this.#once.forget(container.id);
      return { seen, state: 'published', records, failures: 0, again };
    } catch (error) {
      this.#tell(container, error);
      return {
        seen,
        state: 'failed',
        records: NO_RECORDS,
        failures: failures + 1,
        again: this.#again(failures),
      };
    }
  }

  #skipped({ id, name }: ContainerSnapshot, seen: string): Known {
    this.#options.log.debug('no plugin gives this container a name', { container: id.slice(0, 12), name });
    const again = Number.POSITIVE_INFINITY;
    return { seen, state: 'skipped', records: NO_RECORDS, failures: 0, again };
  }

  #again(failures: number): number {
    const wait = Math.min(LAST_AGAIN_MS, FIRST_AGAIN_MS * 2 ** Math.min(failures, 30));
    return this.#options.clock.monotonic() + wait;
  }

  #tell({ id, name }: ContainerSnapshot, error: unknown): void {
    const isPlugin = error instanceof PluginError;
    this.#options.metrics.pluginFailures.add(1, { reason: isPlugin ? error.failure : 'refused' });
    const reason = describe(error);
    if (!this.#once.first(id, reason)) return;
    const plugin = isPlugin ? { plugin: error.plugin } : {};
    const fields = { container: id.slice(0, 12), name, ...plugin, reason };
    this.#options.log.warn('a container is not published', fields);
  }

  #tellNames({ id, name }: ContainerSnapshot, now: Records, before: Records): void {
    const names = [...now.keys()].map(nameOfKey);
    if (names.join() === [...before.keys()].map(nameOfKey).join()) return;
    this.#options.log.info('a container has names', { container: id.slice(0, 12), name, names });
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
