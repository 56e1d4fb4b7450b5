import {
  type Batch,
  type Change,
  type CommitOptions,
  ConflictError,
  type Entry,
  LeaseLostError,
  type Write,
} from '@callsign/catalog';

/** Seconds that every lease is granted for. */
export const MODEL_TTL = 60;

interface Row {
  readonly entry: Entry;
  readonly lease: string | undefined;
}

/** What a store is to do, in the plainest words: a map, the leases that live, and what was told of each revision. */
export class Model {
  readonly batches: Batch[] = [];
  readonly #rows = new Map<string, Row>();
  readonly #leases = new Set<string>();
  revision: number;

  constructor(revision: number) {
    this.revision = revision;
  }

  get entries(): Entry[] {
    const entries = [...this.#rows.values()].map(({ entry }) => entry);
    return entries.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  revisionOf(key: string): number {
    return this.#rows.get(key)?.entry.revision ?? 0;
  }

  isLive(lease: string): boolean {
    return this.#leases.has(lease);
  }

  granted(lease: string): void {
    this.#leases.add(lease);
  }

  /** The kind of error that a commit must fail with; undefined: none, and it is made. */
  commit(writes: readonly Write[], { lease, expect = [] }: CommitOptions): ErrorKind | undefined {
    if (expect.some(({ key, revision }) => this.revisionOf(key) !== revision)) return ConflictError;
    const felt = writes.filter(({ kind, key }) => kind === 'put' || this.#rows.has(key));
    const isBound = felt.some(({ kind }) => kind === 'put');
    if (isBound && lease !== undefined && !this.isLive(lease.id)) return LeaseLostError;
    this.#publish(felt.map((write) => (revision) => this.#write(write, revision, lease?.id)));
    return undefined;
  }

  revoke(lease: string): void {
    this.#leases.delete(lease);
    const bound = this.entries.map(({ key }) => key).filter((key) => this.#rows.get(key)?.lease === lease);
    this.#publish(bound.map((key) => (revision) => this.#write({ kind: 'delete', key }, revision)));
  }

  #publish(changes: readonly ((revision: number) => Change)[]): void {
    if (changes.length === 0) return;
    this.revision += 1;
    this.batches.push({ revision: this.revision, changes: changes.map((change) => change(this.revision)) });
  }

  #write(write: Write, revision: number, lease?: string): Change {
    const { kind, key } = write;
    if (kind === 'delete') {
      this.#rows.delete(key);
      return { kind, key };
    }
    const bound = lease === undefined ? {} : { leaseTtl: MODEL_TTL };
    const entry = { key, value: write.value, revision, ...bound };
    this.#rows.set(key, { entry, lease });
    return { kind, entry };
  }
}

type ErrorKind = typeof ConflictError | typeof LeaseLostError;
