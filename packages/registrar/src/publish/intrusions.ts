import type { Batch, Key } from '@callsign/catalog';

/** How long a key is left alone after an answer: who goes on means it, or was another registrar that has gone again. */
export const ALONE_MS = 60_000;

type Change = Batch['changes'][number];

/** A change in our domain that no commit of ours made, as far as we know. */
export interface Intrusion {
  readonly kind: Change['kind'];
  readonly key: Key;
  readonly revision: number;
}

/**
 * What is done to our records, and whether it was us. A commit that was given up may be made all the same, long
 * afterwards, when a member of the store comes back from behind a partition: that one counts as somebody else's.
 */
export class Intrusions {
  readonly #noted: Intrusion[] = [];
  readonly #own = new Set<number>();
  /** When a key is answered for again, in milliseconds of a monotonic clock. */
  readonly #again = new Map<Key, number>();
  /** The last one at each key that was left alone. */
  readonly #postponed = new Map<Key, Intrusion>();

  /** A commit of ours has this revision. */
  made(revision: number): void {
    this.#own.add(revision);
  }

  /** Takes up the deletions, and what is put in our name. True when there is any. */
  note({ revision, changes }: Batch, isInOurName: (value: string) => boolean): boolean {
    const before = this.#noted.length;
    for (const change of changes) {
      if (change.kind === 'delete') this.#noted.push({ kind: 'delete', key: change.key, revision });
      else if (isInOurName(change.entry.value))
        this.#noted.push({ kind: 'put', key: change.entry.key, revision });
    }
    return this.#noted.length > before;
  }

  /** What was noted since the last time and was not us, and what was postponed; to be asked for while no commit is under way. */
  drain(now: number): readonly Intrusion[] {
    const noted = this.#noted.splice(0);
    const foreign = noted.filter(({ revision }) => !this.#own.has(revision));
    const last = noted.at(-1)?.revision ?? 0;
    for (const revision of this.#own) if (revision <= last) this.#own.delete(revision);
    for (const [key, again] of this.#again) if (again <= now) this.#again.delete(key);
    return [...this.#due(), ...foreign];
  }

  /** True for one that may be answered at once; the next one at its key is postponed. */
  mayAnswer(intrusion: Intrusion, now: number): boolean {
    const { key } = intrusion;
    if (this.#again.has(key)) {
      this.#postponed.set(key, intrusion);
      return false;
    }
    this.#again.set(key, now + ALONE_MS);
    return true;
  }

  get arePostponed(): boolean {
    return this.#postponed.size > 0;
  }

  #due(): readonly Intrusion[] {
    const due = [...this.#postponed.values()].filter(({ key }) => !this.#again.has(key));
    for (const { key } of due) this.#postponed.delete(key);
    return due;
  }
}
