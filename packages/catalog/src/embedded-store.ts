import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '@callsign/daemon';
import { Deadlines } from './embedded/deadlines.ts';
import { Draft } from './embedded/draft.ts';
import { FileLock } from './embedded/file-lock.ts';
import { History } from './embedded/history.ts';
import { Journal } from './embedded/journal.ts';
import { FORMAT } from './embedded/record.ts';
import { Table } from './embedded/table.ts';
import { keepLease } from './kept-lease.ts';
import {
  type Batch,
  type CommitOptions,
  checkTtl,
  type GrantedLease,
  type Lease,
  LeaseLostError,
  type Leases,
  type Listing,
  type Store,
  StoreClosedError,
  type Write,
} from './store.ts';

export interface EmbeddedOptions {
  /** Where entries and leases outlive the process; without it they are kept in memory alone. */
  readonly file?: string;
  readonly clock?: Clock;
  /** How many batches a watcher may be behind. */
  readonly history?: number;
}

/** A change that waits for its turn: drafted with others, written with others, answered alone. */
interface Job {
  readonly draft: (draft: Draft) => number;
  readonly answer: PromiseWithResolvers<number>;
}

/** Most changes that share one write to the disk. */
const GROUP = 256;
const HISTORY = 10_000;
/** The wait before an expired lease that could not be written is tried again, in milliseconds. */
const EXPIRY_RETRY = 1_000;

/**
 * The store inside the process. A change is written and synced before anybody sees it, its caller included, so that
 * nothing that was seen is ever lost; changes that arrive during a write share the next one.
 */
export class EmbeddedStore implements Store {
  readonly leases: Leases;
  readonly #clock: Clock;
  readonly #table: Table;
  readonly #history: History;
  readonly #deadlines: Deadlines;
  readonly #journal: Journal | undefined;
  readonly #lock: FileLock | undefined;
  readonly #closed = new AbortController();
  #jobs: Job[] = [];
  #working: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(table: Table, options: EmbeddedOptions, journal?: Journal, lock?: FileLock) {
    const { clock = systemClock, history = HISTORY } = options;
    this.#clock = clock;
    this.#table = table;
    this.#journal = journal;
    this.#lock = lock;
    this.#history = new History(table.revision, history);
    this.#deadlines = new Deadlines(clock, this.#closed.signal, (id) => void this.#expire(id));
    this.leases = {
      grant: (ttl) => this.#grant(ttl),
      renew: (id) => this.#renew(id),
      revoke: (id) => this.#revoke(id),
    };
    // Whatever time passed while nobody served them, leases begin anew: their keepers get the chance to renew.
    for (const { id, ttl } of table.leases) this.#deadlines.set(id, ttl);
  }

  /** @throws {CallsignError} when the file is damaged, locked by another process, or cannot be written */
  static async open(options: EmbeddedOptions = {}): Promise<EmbeddedStore> {
    const { file, clock = systemClock } = options;
    const table = new Table();
    if (file === undefined) {
      begin(table, clock);
      return new EmbeddedStore(table, options);
    }
    const lock = await FileLock.take(file);
    try {
      const journal = await Journal.open(
        file,
        (record) => table.apply(record),
        () => begin(table, clock).snapshot(),
      );
      return new EmbeddedStore(table, options, journal, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async list(prefix: string, signal?: AbortSignal): Promise<Listing> {
    this.#checkOpen();
    signal?.throwIfAborted();
    return { revision: this.#table.revision, entries: this.#table.entries(prefix) };
  }

  async *watch(prefix: string, after: number, signal: AbortSignal): AsyncGenerator<Batch, void, undefined> {
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    for await (const batch of this.#history.after(after, ended)) {
      const seen = below(prefix, batch);
      if (seen.changes.length > 0) yield seen;
    }
  }

  async commit(writes: readonly Write[], options: CommitOptions = {}): Promise<number> {
    return await this.#change((draft) => draft.commit(writes, options));
  }

  async grant(ttl: number, beat: number): Promise<Lease> {
    return await keepLease(this.leases, ttl, { beat, clock: this.#clock, signal: this.#closed.signal });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed.abort();
    await this.#working;
    await this.#journal?.close();
    await this.#lock?.release();
  }

  #checkOpen(): void {
    if (this.#closed.signal.aborted) throw new StoreClosedError();
  }

  async #grant(ttl: number): Promise<GrantedLease> {
    checkTtl(ttl);
    const id = randomBytes(8).toString('hex');
    await this.#change((draft) => draft.grant(id, ttl));
    this.#deadlines.set(id, ttl);
    return { id, ttl };
  }

  async #renew(id: string): Promise<void> {
    this.#checkOpen();
    const lease = this.#table.lease(id);
    if (lease === undefined || !this.#deadlines.has(id)) throw new LeaseLostError(id);
    this.#deadlines.set(id, lease.ttl);
  }

  async #revoke(id: string): Promise<void> {
    await this.#change((draft) => draft.end(id));
    this.#deadlines.delete(id);
  }

  /** A full disk must not make an expired lease immortal. */
  async #expire(id: string): Promise<void> {
    while (!this.#closed.signal.aborted) {
      try {
        await this.#change((draft) => draft.end(id));
        return;
      } catch {
        await this.#clock.sleep(EXPIRY_RETRY, this.#closed.signal).catch(() => undefined);
      }
    }
  }

  /** Resolves with the revision once the change is durable and visible. */
  #change(draft: Job['draft']): Promise<number> {
    this.#checkOpen();
    const answer = Promise.withResolvers<number>();
    this.#jobs.push({ draft, answer });
    this.#working ??= this.#work();
    return answer.promise;
  }

  async #work(): Promise<void> {
    while (this.#jobs.length > 0) {
      const group = this.#jobs.slice(0, GROUP);
      this.#jobs = this.#jobs.slice(GROUP);
      await this.#settle(group);
      await this.#tidy();
    }
    this.#working = undefined;
  }

  async #settle(group: readonly Job[]): Promise<void> {
    const draft = new Draft(this.#table);
    const answers = group.map((job) => drafted(job, draft));
    try {
      await this.#persist(draft);
    } catch (error) {
      for (const { answer } of group) answer.reject(error);
      return;
    }
    this.#publish(draft);
    for (const answer of answers) answer();
  }

  async #persist({ records }: Draft): Promise<void> {
    if (this.#journal === undefined || records.length === 0) return;
    if (this.#journal.isSuspect) await this.#journal.rewrite(this.#table.snapshot());
    await this.#journal.append(records);
  }

  #publish({ records }: Draft): void {
    for (const record of records) {
      const batch = this.#table.apply(record);
      if (batch !== undefined) this.#history.add(batch);
    }
  }

  /** The journal is as good before as after, so that a failure here concerns nobody. */
  async #tidy(): Promise<void> {
    if (this.#journal?.isOvergrown)
      await this.#journal.rewrite(this.#table.snapshot()).catch(() => undefined);
  }
}

/**
 * A new store begins at the time in seconds: should its file be lost, or should it never have had one, the revision
 * does not go backwards, and whoever followed the old one is told to list again.
 */
function begin(table: Table, clock: Clock): Table {
  table.apply({ kind: 'start', format: FORMAT, revision: Math.floor(clock.now() / 1_000) });
  return table;
}

/** Drafts one change and returns how to answer it once the whole group is on the disk. */
function drafted({ draft, answer }: Job, onto: Draft): () => void {
  try {
    const revision = draft(onto);
    return () => answer.resolve(revision);
  } catch (error) {
    return () => answer.reject(error);
  }
}

function below(prefix: string, { revision, changes }: Batch): Batch {
  const key = (change: Batch['changes'][number]) => (change.kind === 'put' ? change.entry.key : change.key);
  return { revision, changes: changes.filter((change) => key(change).startsWith(prefix)) };
}
