import type { Key } from '@callsign/catalog';
import { Backlog } from '../backlog.ts';
import { isServiceId } from '../engine/engine.ts';
import type { Kind } from '../engine/snapshot.ts';
import type { Desired, Wanted } from '../reconcile/plan.ts';
import { NO_RECORDS, type Records } from '../reconcile/records.ts';

/**
 * What every container should have, and for which of them that is still to be carried out: one container's
 * start must not cost a look at all the others.
 */
export class Wishes {
  /** By container; undefined: it runs, but could not be looked at. */
  readonly #wanted = new Map<string, Records | undefined>();
  readonly #open = new Backlog();
  readonly #settled = new Set<Kind>();

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

  /** All of a kind have been looked at: what nobody wants of theirs may go. */
  settle(kind: Kind): void {
    this.#settled.add(kind);
  }

  areSettled(kind: Kind): boolean {
    return this.#settled.has(kind);
  }

  /** What a container has is to be compared again. */
  reopen(container: string): void {
    this.#open.add(container);
  }

  /** Everything is to be compared again: what is wanted, and what these others have. */
  openAll(others: Iterable<string>): void {
    for (const container of this.#wanted.keys()) this.#open.add(container);
    for (const container of others) this.#open.add(container);
  }

  /** True while there is anything to compare. */
  get areOpen(): boolean {
    return this.#open.size > 0;
  }

  /** The containers that have waited longest to be compared, which then wait no more. */
  take(most: number): ReadonlySet<string> {
    const taken = new Set<string>();
    while (taken.size < most) {
      const container = this.#open.take();
      if (container === undefined) break;
      taken.add(container);
    }
    return taken;
  }

  /** What some containers should have; all of them when none are named. */
  desired(containers: Iterable<string> = this.#wanted.keys()): Desired {
    const records = new Map<Key, Wanted>();
    const undetermined = new Set<string>();
    for (const container of containers) {
      const wanted = this.#wanted.get(container);
      if (wanted === undefined && this.#isUndetermined(container)) undetermined.add(container);
      for (const [key, value] of wanted ?? NO_RECORDS) records.set(key, { value, container });
    }
    return { records, settled: this.areSettled('container'), undetermined };
  }

  /** A Swarm's services stay undetermined for as long as it does not say which there are. */
  #isUndetermined(container: string): boolean {
    return this.#wanted.has(container) || (isServiceId(container) && !this.areSettled('service'));
  }
}
