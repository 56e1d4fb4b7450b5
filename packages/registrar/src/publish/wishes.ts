import type { Key } from '@callsign/catalog';
import type { Desired, Wanted } from '../reconcile/plan.ts';
import { NO_RECORDS, type Records } from '../reconcile/records.ts';

/**
 * What every container should have, and for which of them that is still to be carried out: one container's
 * start must not cost a look at all the others.
 */
export class Wishes {
  /** By container; undefined: it runs, but could not be looked at. */
  readonly #wanted = new Map<string, Records | undefined>();
  readonly #open = new Set<string>();
  #allOpen = true;
  #settled = false;

  get containers(): readonly string[] {
    return [...this.#wanted.keys()];
  }

  want(container: string, records: Records): void {
    this.#wanted.set(container, records);
    this.#open.add(container);
  }

  /** The container runs and nothing more is known: what it has it keeps. */
  keep(container: string): void {
    if (!this.#wanted.has(container)) this.#wanted.set(container, undefined);
  }

  forget(container: string): void {
    this.#wanted.delete(container);
    this.#open.add(container);
  }

  /** Every container has been looked at: what nobody wants may go. */
  settle(): void {
    this.#settled = true;
    this.openAll();
  }

  /** What a container has is to be compared again. */
  reopen(container: string): void {
    this.#open.add(container);
  }

  /** Everything is to be compared again. */
  openAll(): void {
    this.#allOpen = true;
  }

  /** The containers that are to be compared; undefined for all, and for what belongs to none. */
  get open(): ReadonlySet<string> | undefined {
    return this.#allOpen ? undefined : this.#open;
  }

  /** What the open ones should have. */
  desired(): Desired {
    const records = new Map<Key, Wanted>();
    const undetermined = new Set<string>();
    for (const container of this.#allOpen ? this.#wanted.keys() : this.#open) {
      const wanted = this.#wanted.get(container);
      if (wanted === undefined && this.#wanted.has(container)) undetermined.add(container);
      for (const [key, value] of wanted ?? NO_RECORDS) records.set(key, { value, container });
    }
    return { records, settled: this.#settled, undetermined };
  }

  /** What was open has been carried out. */
  close(): void {
    this.#allOpen = false;
    this.#open.clear();
  }
}
