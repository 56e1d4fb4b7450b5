import { type Batch, CompactedError, type Key, type Store } from '@callsign/catalog';
import {
  type Clock,
  describe,
  giveBackMemory,
  isAbort,
  kindOf,
  type Log,
  Once,
  type Part,
  retry,
  systemClock,
} from '@callsign/daemon';
import { Zone, type ZoneOptions } from '../zone/zone.ts';

export interface FollowerOptions {
  readonly store: Store;
  readonly zone: Omit<ZoneOptions, 'onRefused'>;
  readonly log: Log;
  /** Told of every zone that is to be served from now on; batches change it in place afterwards. */
  readonly publish: (zone: Zone) => void;
  /** Told after each of those batches. */
  readonly changed?: () => void;
  readonly clock?: Clock;
}

/** Milliseconds before a store that refuses to be followed is asked again. */
const REFUSED_WAIT_MS = 10_000;
/** Reading so many records leaves V8 with so much memory that it is worth a pause to have it back. */
const MANY = 50_000;

/**
 * Keeps a zone equal to the store: lists it at a revision, builds the zone aside, publishes it, watches from
 * that revision on, and on any doubt starts over. Until a new list has come the last zone is served.
 */
export class Follower implements Part {
  readonly name = 'follower';
  readonly #options: FollowerOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #once = new Once();
  readonly #waiting = new Set<() => void>();
  #zone: Zone | undefined;
  #ttl: number;
  /** Ends one listing and its watch, and the next one begins. */
  #again = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #changedAt = 0;
  #isFollowing = false;
  refused = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#ttl = options.zone.ttl;
  }

  async start(): Promise<void> {
    this.#running = this.#run(this.#closing.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  /** The zone as it is now; undefined until the first list has come. */
  get zone(): Zone | undefined {
    return this.#zone;
  }

  /** False while what was last known of the store is served, or nothing of it is known yet. */
  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  /** Milliseconds since the zone last changed. */
  get age(): number {
    return this.#zone === undefined ? Number.POSITIVE_INFINITY : this.#clock.monotonic() - this.#changedAt;
  }

  /** Resolves once the zone shows this revision, or the signal has fired: who writes may want to read it back. */
  reached(revision: number, signal: AbortSignal): Promise<boolean> {
    return this.#until(() => (this.#zone?.revision ?? -1) >= revision, signal);
  }

  /** The same for any other revision: those of a store that was set up anew are lower. Undefined: that there was no zone. */
  left(revision: number | undefined, signal: AbortSignal): Promise<boolean> {
    return this.#until(() => this.#zone?.revision !== revision, signal);
  }

  /** The same for any other zone, or this one at another revision. */
  moved(zone: Zone, revision: number, signal: AbortSignal): Promise<boolean> {
    return this.#until(() => this.#zone !== zone || zone.revision !== revision, signal);
  }

  /** Serves what has no TTL of its own with this one: begins again, as on any doubt. Resolves as `reached` does. */
  useTtl(ttl: number, signal: AbortSignal): Promise<boolean> {
    this.#ttl = ttl;
    this.#again.abort();
    this.#again = new AbortController();
    return this.#until(() => this.#zone?.options.ttl === ttl, signal);
  }

  async #until(condition: () => boolean, signal: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const check = () => condition() && resolve(true);
    const late = () => resolve(false);
    this.#waiting.add(check);
    signal.addEventListener('abort', late, { once: true });
    check();
    if (signal.aborted) late();
    try {
      return await promise;
    } finally {
      this.#waiting.delete(check);
      signal.removeEventListener('abort', late);
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const onFailure = (error: unknown) => this.#reportFailure(error);
    while (!signal.aborted) {
      try {
        await retry(() => this.#listThenWatch(signal), { signal, onFailure, clock: this.#clock });
      } catch (error) {
        if (signal.aborted || isAbort(error)) return;
        // Refused for good, so it seems: but a password or a certificate may be put right while we run.
        this.#reportFailure(error);
        await this.#clock.sleep(REFUSED_WAIT_MS, signal).catch(() => undefined);
      }
    }
  }

  async #listThenWatch(signal: AbortSignal): Promise<void> {
    const { store, log, zone } = this.#options;
    const following = AbortSignal.any([signal, this.#again.signal]);
    const onRefused = (key: Key, error: unknown) => this.#refuse(key, error);
    const listed = new Zone({ ...zone, ttl: this.#ttl, onRefused });
    for await (const page of store.pages('', signal)) listed.add(page);
    const { revision, size: records } = listed;
    this.#swap(listed);
    log.info('the zone is complete', { records, revision });
    if (records >= MANY) giveBackMemory();
    this.#follows();
    const listener = { lost: (why: unknown) => this.#reportFailure(why), found: () => this.#found() };
    for await (const batch of store.watch('', revision, following, listener)) this.#apply(batch);
  }

  #found(): void {
    this.#options.log.info('the store is followed again');
    this.#follows();
  }

  #follows(): void {
    this.#isFollowing = true;
    this.#once.forget('failure');
  }

  #swap(zone: Zone): void {
    this.#zone = zone;
    this.#options.publish(zone);
    this.#changed();
  }

  #apply(batch: Batch): void {
    this.#zone?.apply(batch);
    this.#options.changed?.();
    this.#changed();
  }

  #changed(): void {
    this.#changedAt = this.#clock.monotonic();
    for (const check of this.#waiting) check();
  }

  #refuse(key: Key, error: unknown): void {
    this.refused += 1;
    if (!this.#once.first(`value ${key}`, describe(error))) return;
    this.#options.log.warn('a value in the store cannot be served and is left out', {
      key,
      error: describe(error),
    });
  }

  /** An outage is said once, not with every attempt; a compaction is no outage. */
  #reportFailure(error: unknown): void {
    if (error instanceof CompactedError) return;
    this.#isFollowing = false;
    if (!this.#once.first('failure', kindOf(error))) return;
    const served =
      this.#zone === undefined ? 'nothing is served until it answers' : 'the last known zone is served';
    this.#options.log.warn(`the store cannot be followed: ${served}`, { error: describe(error) });
  }
}
