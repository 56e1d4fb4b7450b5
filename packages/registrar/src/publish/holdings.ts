import { decodeService, type Entry, type Key, type Provenance } from '@callsign/catalog';
import type { Change, Held } from '../reconcile/plan.ts';
import type { Records } from '../reconcile/records.ts';

/** Of all that a store holds, what this node put there and what is in its way. */
export class Holdings {
  readonly #owner: string;
  #held = new Map<Key, Held>();

  constructor(owner: string) {
    this.#owner = owner;
  }

  get current(): ReadonlyMap<Key, Held> {
    return this.#held;
  }

  /** How many records are ours. */
  get size(): number {
    return [...this.#held.values()].filter(({ ours }) => ours).length;
  }

  /** Replaces everything by what the store has told; no lease is known for it. */
  learn(entries: readonly Entry[], wanted: Records): void {
    const held = new Map<Key, Held>();
    for (const { key, value, revision } of entries) {
      const { owner, container } = this.#provenance(value);
      const ours = owner === this.#owner;
      if (ours || wanted.has(key)) held.set(key, { value, revision, ours, container, lease: undefined });
    }
    this.#held = held;
  }

  /** Follows a commit of ours. */
  committed(changes: readonly Change[], revision: number, lease: string): void {
    for (const { write } of changes) {
      if (write.kind === 'delete') this.#held.delete(write.key);
      else this.#held.set(write.key, this.#put(write.value, revision, lease));
    }
  }

  #put(value: string, revision: number, lease: string): Held {
    return { value, revision, ours: true, container: this.#provenance(value).container, lease };
  }

  /** Reads only what may be ours: a domain that many nodes share is large. */
  #provenance(value: string): Provenance {
    if (!value.includes(`"${this.#owner}"`)) return {};
    try {
      return decodeService(value).callsign ?? {};
    } catch {
      return {};
    }
  }
}
