import { Draft } from './draft.ts';
import type { History } from './history.ts';
import type { Journal } from './journal.ts';
import type { Table } from './table.ts';

/** A change that waits for its turn: drafted with others, written with others, answered alone. */
interface Job {
  readonly draft: (draft: Draft) => number;
  readonly answer: PromiseWithResolvers<number>;
}

/** Most changes that share one write to the disk. */
const GROUP = 256;

/**
 * Makes changes durable, then visible, then known to their callers. Changes that arrive while a group is written
 * become the next group. The table changes nowhere else.
 */
export class GroupCommit {
  readonly #table: Table;
  readonly #history: History;
  readonly #journal: Journal | undefined;
  #jobs: Job[] = [];
  #working: Promise<void> | undefined;

  /** Without a journal what is visible is as durable as it gets. */
  constructor(table: Table, history: History, journal: Journal | undefined) {
    this.#table = table;
    this.#history = history;
    this.#journal = journal;
  }

  /** Resolves with the revision. @throws what `draft` throws, or {CallsignError} when it may not be durable */
  make(draft: Job['draft']): Promise<number> {
    const answer = Promise.withResolvers<number>();
    this.#jobs.push({ draft, answer });
    this.#working ??= this.#work();
    return answer.promise;
  }

  /** Waits for what is under way, and closes the journal. */
  async close(): Promise<void> {
    await this.#working;
    await this.#journal?.close();
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
    if (this.#journal.isSuspect) await this.#journal.restore(this.#table.snapshot());
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
    if (!this.#journal?.isOvergrown) return;
    await this.#journal.rewrite(this.#table.snapshot()).catch(() => undefined);
  }
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
