import { decodeService, type Entry, type Key, type Provenance } from '@callsign/catalog';
import type { Change, Current, Desired, Held } from '../reconcile/plan.ts';

/** Of all that a store holds, what this node put there and what is in its way. */
export class Holdings {
  readonly #owner: string;
  #learned = false;
  readonly #held = new Map<Key, Held>();
  /** The keys of what is ours, by container; '' has those that belong to none. */
  readonly #keys = new Map<string, Set<Key>>();

  constructor(owner: string) {
    this.#owner = owner;
  }

  /** Those that something of ours is for. */
  get containers(): Iterable<string> {
    return this.#keys.keys();
  }

  /** What some containers have, and what is at the keys that they should have. */
  within(containers: Iterable<string>, wanted: Desired['records']): Current {
    const found = new Map<Key, Held>();
    const find = (key: Key) => {
      const held = this.#held.get(key);
      if (held !== undefined) found.set(key, held);
    };
    for (const container of containers) this.#keys.get(container)?.forEach(find);
    for (const key of wanted.keys()) find(key);
    return found;
  }

  /** How many records are ours. */
  get size(): number {
    let count = 0;
    for (const { ours } of this.#held.values()) if (ours) count += 1;
    return count;
  }

  /**
   * Replaces everything by what the store has told. Of what somebody has written since our last commit no lease is
   * known. True when there are records in our name that we know nothing of, and this is not the first look, which
   * finds those of an earlier run.
   */
  learn(entries: readonly Entry[], wanted: Desired['records']): boolean {
    const before = new Map(this.#held);
    const isFirst = !this.#learned;
    this.#learned = true;
    this.#held.clear();
    this.#keys.clear();
    for (const entry of entries) {
      const known = before.get(entry.key);
      const held = known?.revision === entry.revision ? known : this.#read(entry);
      if (held.ours || wanted.has(entry.key)) this.#set(entry.key, held);
    }
    const isKnown = ([key, { ours }]: [Key, Held]) => !ours || before.has(key) || wanted.has(key);
    return !isFirst && ![...this.#held].every(isKnown);
  }

  /** Follows a commit of ours. */
  committed(changes: readonly Change[], revision: number, lease: string): void {
    for (const { write, container } of changes) {
      if (write.kind === 'delete') this.#delete(write.key);
      else this.#set(write.key, { value: write.value, revision, ours: true, container, lease });
    }
  }

  /** True for a record of ours that is older than a revision. */
  hasBefore(key: Key, revision: number): boolean {
    const held = this.#held.get(key);
    return held?.ours === true && held.revision < revision;
  }

  /** True for a value that may be ours, without reading it: a domain that many nodes share is large. */
  mayBeOurs(value: string): boolean {
    return value.includes(`"${this.#owner}"`);
  }

  /** Follows somebody else who has deleted a record of ours. @returns the container that it was for; '' for none */
  taken(key: Key): string {
    const { container = '' } = this.#held.get(key) ?? {};
    this.#delete(key);
    return container;
  }

  #set(key: Key, held: Held): void {
    this.#held.set(key, held);
    if (!held.ours) return;
    const keys = this.#keys.get(held.container);
    if (keys === undefined) this.#keys.set(held.container, new Set([key]));
    else keys.add(key);
  }

  #delete(key: Key): void {
    const { container = '' } = this.#held.get(key) ?? {};
    const keys = this.#keys.get(container);
    this.#held.delete(key);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(container);
  }

  #read({ value, revision }: Entry): Held {
    const { owner, container = '' } = this.#provenance(value);
    return { value, revision, ours: owner === this.#owner, container, lease: undefined };
  }

  #provenance(value: string): Provenance {
    if (!this.mayBeOurs(value)) return {};
    try {
      return decodeService(value).callsign ?? {};
    } catch {
      return {};
    }
  }
}
