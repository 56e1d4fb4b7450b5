import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '@callsign/daemon';
import { behindLinks } from './embedded/behind-links.ts';
import { Deadlines } from './embedded/deadlines.ts';
import { FileLock } from './embedded/file-lock.ts';
import { GroupCommit } from './embedded/group-commit.ts';
import { History } from './embedded/history.ts';
import { Journal } from './embedded/journal.ts';
import { FORMAT, type StoreRecord } from './embedded/record.ts';
import { Table } from './embedded/table.ts';
import { inPages } from './in-pages.ts';
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
  /** How many batches a watcher may be behind; fewer when they are large. */
  readonly history?: number;
}

/** What an embedded store begins with. */
interface Contents {
  readonly table: Table;
  readonly history: History;
  readonly clock: Clock;
}

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
  readonly #changes: GroupCommit;
  readonly #lock: FileLock | undefined;
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;

  private constructor({ table, history, clock }: Contents, journal?: Journal, lock?: FileLock) {
    this.#clock = clock;
    this.#table = table;
    this.#lock = lock;
    this.#history = history;
    this.#history.begin(table.revision);
    this.#changes = new GroupCommit(table, this.#history, journal);
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
    const { clock = systemClock, history: most = HISTORY } = options;
    const contents = { table: new Table(), history: new History(most), clock };
    if (options.file === undefined) {
      begin(contents);
      return new EmbeddedStore(contents);
    }
    const file = await behindLinks(options.file);
    const lock = await FileLock.take(file);
    try {
      const journal = await Journal.open(
        file,
        (record) => read(contents, record),
        () => begin(contents).snapshot(),
      );
      return new EmbeddedStore(contents, journal, lock);
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

  async *pages(prefix: string, signal?: AbortSignal): AsyncGenerator<Listing, void, undefined> {
    const { revision, entries } = await this.list(prefix, signal);
    for await (const page of inPages(entries)) yield { revision, entries: page };
  }

  async *watch(prefix: string, after: number, signal: AbortSignal): AsyncGenerator<Batch, void, undefined> {
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    for await (const batch of this.#history.after(after, ended)) {
      const seen = below(prefix, batch);
      if (seen.changes.length > 0) yield seen;
    }
  }

  async commit(writes: readonly Write[], options: CommitOptions = {}): Promise<number> {
    this.#checkOpen();
    return await this.#changes.make((draft) => draft.commit(writes, options));
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
    await this.#changes.close();
    await this.#lock?.release();
  }

  #checkOpen(): void {
    if (this.#closed.signal.aborted) throw new StoreClosedError();
  }

  async #grant(ttl: number): Promise<GrantedLease> {
    this.#checkOpen();
    checkTtl(ttl);
    const id = randomBytes(8).toString('hex');
    await this.#changes.make((draft) => draft.grant(id, ttl));
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
    this.#checkOpen();
    await this.#changes.make((draft) => draft.end(id));
    this.#deadlines.delete(id);
  }

  /** A full disk must not make an expired lease immortal. */
  async #expire(id: string): Promise<void> {
    while (!this.#closed.signal.aborted) {
      try {
        await this.#changes.make((draft) => draft.end(id));
        return;
      } catch {
        await this.#clock.sleep(EXPIRY_RETRY, this.#closed.signal).catch(() => undefined);
      }
    }
  }
}

/**
 * A new store begins at the time in seconds: should its file be lost, or should it never have had one, the revision
 * does not go backwards, and whoever followed the old one is told to list again.
 */
function begin({ table, clock }: Contents): Table {
  table.apply({ kind: 'start', format: FORMAT, revision: Math.floor(clock.now() / 1_000) });
  return table;
}

/** What the journal still has of the latest changes, watchers may go on from: a restart costs them nothing. */
function read({ table, history }: Contents, record: StoreRecord): void {
  const batch = table.apply(record);
  if (batch !== undefined) history.add(batch);
}

function below(prefix: string, { revision, changes }: Batch): Batch {
  const key = (change: Batch['changes'][number]) => (change.kind === 'put' ? change.entry.key : change.key);
  return { revision, changes: changes.filter((change) => key(change).startsWith(prefix)) };
}
