import {
  type Batch,
  ConflictError,
  type Key,
  keyOf,
  type Lease,
  LeaseLostError,
  MAX_WRITES,
  type OwnerName,
  type Store,
} from '@callsign/catalog';
import { type Backoff, type Clock, DEFAULT_BACKOFF, type Log, Once, waitAfter } from '@callsign/daemon';
import type { ContainerTraces } from '../container-traces.ts';
import type { Kind } from '../engine/snapshot.ts';
import { Later } from '../later.ts';
import type { RegistrarMetrics } from '../metrics.ts';
import { Outage } from '../outage.ts';
import { portionOf } from '../portion.ts';
import { type Change, plan } from '../reconcile/plan.ts';
import type { Records } from '../reconcile/records.ts';
import { Bell } from './bell.ts';
import { Guard } from './guard.ts';
import { Holdings } from './holdings.ts';
import { ALONE_MS, type Intrusion, Intrusions } from './intrusions.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { Wishes } from './wishes.ts';

/**
 * As much as a store takes at once: etcd refuses more than 1.5 MiB, REST more than 1 MiB, and in JSON within JSON, or in UTF-8,
 * the characters of values may come to three times as many bytes.
 */
const ONE_COMMIT = { items: MAX_WRITES, characters: 256 * 1024 };

export interface PublisherOptions {
  readonly store: Store;
  /** The node whose records these are. */
  readonly owner: string;
  readonly domain: OwnerName;
  /** Seconds. */
  readonly lease: number;
  readonly beat: number;
  readonly log: Log;
  readonly metrics: RegistrarMetrics;
  readonly traces: ContainerTraces;
  readonly clock: Clock;
  readonly backoff?: Backoff;
}

/**
 * After a commit of so many writes more are likely to follow, and are given this long to gather for the next one, because a
 * commit costs as much as dozens of writes. A single change never waits.
 */
const CROWD = 8;
const CROWD_MS = 20;

/** Containers planned at a time, so that little is planned in vain when a commit is full. */
const PLANNED_AT_ONCE = 16;

/**
 * Makes the store hold what is wanted, and keeps it so. Wishes that arrive during a commit share the next one;
 * while the store is away they pile up here, the last one for each container.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #keeper: LeaseKeeper;
  readonly #holdings: Holdings;
  readonly #bell = new Bell();
  readonly #outage: Outage;
  readonly #once = new Once();
  readonly #wishes = new Wishes();
  readonly #intrusions = new Intrusions();
  readonly #later: Later;
  readonly #guard: Guard;
  /** What all keys of our domain begin with. */
  readonly #prefix: string;
  /** True when what we think the store holds may be wrong. */
  #doubtful = true;

  constructor(options: PublisherOptions) {
    const { store, owner, lease: ttl, beat, log, metrics } = options;
    this.#options = options;
    this.#holdings = new Holdings(owner);
    this.#keeper = new LeaseKeeper({ store, ttl, beat, log, metrics, onLost: () => this.doubt() });
    this.#outage = new Outage(log);
    this.#prefix = `${keyOf(options.domain)}/`;
    this.#later = new Later(options.clock);
    this.#guard = this.#createGuard();
  }

  /** The containers that were wanted published, or could not be looked at. */
  get containers(): readonly string[] {
    return this.#wishes.containers;
  }

  /** How many records of ours the store holds, as last seen. */
  get size(): number {
    return this.#holdings.size;
  }

  want(container: string, records: Records): void {
    this.#wishes.want(container, records);
    this.#options.traces.wished(container);
    this.#bell.ring();
  }

  /** The container runs and nothing more is known: what it has it keeps. */
  keep(container: string): void {
    this.#wishes.keep(container);
  }

  forget(container: string): void {
    this.#wishes.forget(container);
    this.#options.traces.wished(container);
    this.#bell.ring();
  }

  /** All of a kind have been looked at: from now on records of theirs that nobody wants are deleted. */
  settle(kind: Kind): void {
    if (this.#wishes.areSettled(kind)) return;
    this.#wishes.settle(kind);
    this.#wishes.openAll(this.#holdings.containers);
    this.#bell.ring();
  }

  /** Looks into the store again before the next commit. */
  doubt(): void {
    this.#doubtful = true;
    this.#bell.ring();
  }

  /** Publishes until the signal fires, and undoes what others do to our records. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#publish(signal), this.#guard.run(signal)]);
  }

  async #publish(signal: AbortSignal): Promise<void> {
    const { clock, backoff = DEFAULT_BACKOFF } = this.#options;
    for (let failures = 0; ; ) {
      await this.#bell.heard(signal);
      try {
        await this.#converge(signal);
        failures = 0;
      } catch (error) {
        signal.throwIfAborted();
        this.#failed(error);
        await clock.sleep(waitAfter(failures, backoff), signal);
        failures += 1;
      }
    }
  }

  /** Gives the lease up without ending it. */
  close(): Promise<void> {
    return this.#keeper.close();
  }

  /** Plans anew after each commit, so that what has changed meanwhile waits for one commit at most. */
  async #converge(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const lease = await this.#keeper.hold();
      this.#answerOthers(signal);
      if (this.#doubtful) await this.#learn(signal);
      const changes = this.#nextChanges(lease.id);
      if (changes.length === 0) return this.#outage.over('the store takes our records again');
      // Wishes that are open already need not be waited for: they make the next commit.
      const isCrowd = changes.length >= CROWD && !this.#wishes.areOpen;
      await this.#commit(changes, lease);
      if (isCrowd) await this.#options.clock.sleep(CROWD_MS, signal);
    }
  }

  /**
   * As many changes as a commit takes. From here on they count as made: after a commit that fails the whole store is
   * read again.
   */
  #nextChanges(lease: string): readonly Change[] {
    const found: Change[] = [];
    while (found.length < MAX_WRITES && this.#wishes.areOpen)
      found.push(...this.#planned(this.#wishes.take(PLANNED_AT_ONCE), lease));
    const end = portionOf(found, ONE_COMMIT, lengthOf);
    for (const { container } of found.slice(end)) this.#wishes.reopen(container);
    return found.slice(0, end);
  }

  #planned(containers: ReadonlySet<string>, lease: string): readonly Change[] {
    const desired = this.#wishes.desired(containers);
    const current = this.#holdings.within(containers, desired.records);
    const { changes, occupied } = plan(desired, current, lease);
    for (const key of occupied) this.#tellOccupied(key);
    this.#options.traces.planned(containers, () => containersOf(changes));
    return changes;
  }

  async #learn(signal: AbortSignal): Promise<void> {
    this.#doubtful = false;
    const { entries, revision } = await this.#options.store.list(this.#prefix, signal);
    this.#guard.read(revision);
    const isStrange = this.#holdings.learn(entries, this.#wishes.desired().records);
    this.#wishes.openAll(this.#holdings.containers);
    if (isStrange) this.#tellStranger();
  }

  #createGuard(): Guard {
    return new Guard({
      ...this.#options,
      prefix: this.#prefix,
      onBatch: (batch) => this.#note(batch),
      onMissed: () => this.doubt(),
    });
  }

  #note(batch: Batch): void {
    if (this.#intrusions.note(batch, (value) => this.#holdings.mayBeOurs(value))) this.#bell.ring();
  }

  /** Puts back what others deleted of ours, and looks into what they put in our name. */
  #answerOthers(signal: AbortSignal): void {
    const now = this.#options.clock.monotonic();
    const foreign = this.#intrusions.drain(now);
    const isDeleted = ({ kind, key, revision }: Intrusion) =>
      kind === 'delete' && this.#holdings.hasBefore(key, revision);
    const answered = foreign
      .filter((each) => each.kind === 'put' || isDeleted(each))
      .filter((each) => this.#intrusions.mayAnswer(each, now));
    if (this.#intrusions.arePostponed)
      void this.#later.act('postponed', ALONE_MS, () => this.#bell.ring(), signal);
    const deleted = answered.filter(({ kind }) => kind === 'delete');
    for (const { key } of deleted) this.#wishes.reopen(this.#holdings.taken(key));
    if (deleted.length < answered.length) this.#doubtful = true;
    if (deleted.length > 0) this.#tellDeleted(deleted.map(({ key }) => key));
  }

  async #commit(changes: readonly Change[], lease: Lease): Promise<void> {
    const expect = changes.map(({ write: { key }, revision }) => ({ key, revision }));
    const writes = changes.map(({ write }) => write);
    const commit = () =>
      this.#noticingLoss(lease, () => this.#options.store.commit(writes, { lease, expect }));
    const revision = await this.#options.traces.committed(() => containersOf(changes), commit);
    this.#holdings.committed(changes, revision, lease.id);
    this.#intrusions.made(revision);
    this.#options.metrics.commits.add(1, { outcome: 'made' });
    this.#options.log.debug('a commit is made', { revision, writes: writes.length });
  }

  async #noticingLoss<T>(lease: Lease, commit: () => Promise<T>): Promise<T> {
    try {
      return await commit();
    } catch (error) {
      if (error instanceof LeaseLostError) await this.#keeper.lost(lease.id, error);
      throw error;
    }
  }

  /** Whatever went wrong, the commit may have been made all the same. */
  #failed(error: unknown): void {
    this.#options.metrics.commits.add(1, { outcome: 'failed' });
    this.doubt();
    // Neither says that the store is ill: it is looked into again, and that tells the rest.
    if (error instanceof ConflictError || error instanceof LeaseLostError) return;
    this.#outage.failed('the store does not take our records: they wait here until it does', error);
  }

  #tellOccupied(key: Key): void {
    if (!this.#once.first(key)) return;
    this.#options.log.warn('somebody else has put a record where ours belongs: it is left as it is', { key });
  }

  #tellDeleted(keys: readonly Key[]): void {
    const message = 'records of ours have been deleted in the store, not by us: they are put back';
    this.#options.log.warn(message, { records: keys.length, key: keys[0] });
  }

  #tellStranger(): void {
    if (!this.#once.first('stranger')) return;
    const message =
      'records appear under our --node that we did not put: does another registrar have the same?';
    this.#options.log.warn(message, { node: this.#options.owner });
  }
}

function lengthOf({ write }: Change): number {
  return write.kind === 'put' ? write.value.length : 0;
}

function containersOf(changes: readonly Change[]): ReadonlySet<string> {
  return new Set(changes.map(({ container }) => container));
}
