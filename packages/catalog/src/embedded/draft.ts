import type { Key } from '../names.ts';
import {
  type CommitOptions,
  ConflictError,
  checkWrites,
  isPut,
  LeaseLostError,
  type Write,
} from '../store.ts';
import type { StoreRecord } from './record.ts';
import type { Table } from './table.ts';

/** What a key will be once the draft is applied; revision 0: it will not exist. */
interface Drafted {
  readonly revision: number;
  readonly lease?: string;
}

/**
 * The changes of one group commit, decided upon a table that still shows what is on the disk: each sees those
 * before it, and nobody else sees any until the group is durable.
 */
export class Draft {
  readonly records: StoreRecord[] = [];
  readonly #table: Table;
  readonly #keys = new Map<Key, Drafted>();
  readonly #leases = new Map<string, boolean>();
  #revision: number;

  constructor(table: Table) {
    this.#table = table;
    this.#revision = table.revision;
  }

  /** The revision of the commit. @throws {ConflictError} @throws {LeaseLostError} @throws {StoreCallError} */
  commit(writes: readonly Write[], { lease, expect = [] }: CommitOptions): number {
    checkWrites(writes);
    for (const { key, revision } of expect) this.#expect(key, revision);
    if (lease !== undefined && writes.some(isPut) && !this.#isLive(lease.id)) {
      throw new LeaseLostError(lease.id);
    }
    const felt = writes.filter(({ kind, key }) => kind === 'put' || this.#row(key).revision > 0);
    if (felt.length === 0) return this.#revision;
    this.#revision += 1;
    for (const write of felt) this.#note(write, lease?.id);
    this.records.push({
      kind: 'commit',
      revision: this.#revision,
      writes: felt.map(plainWrite),
      ...(lease && { lease: lease.id }),
    });
    return this.#revision;
  }

  grant(lease: string, ttl: number): number {
    this.#leases.set(lease, true);
    this.records.push({ kind: 'grant', lease, ttl });
    return this.#revision;
  }

  /** Ends a lease with all its keys; one that has ended already is left alone. */
  end(lease: string): number {
    if (!this.#isLive(lease)) return this.#revision;
    const keys = this.#keysOf(lease);
    if (keys.length > 0) this.#revision += 1;
    for (const key of keys) this.#keys.set(key, { revision: 0 });
    this.#leases.set(lease, false);
    this.records.push({ kind: 'end', lease, revision: this.#revision, keys });
    return this.#revision;
  }

  #expect(key: Key, revision: number): void {
    const found = this.#row(key).revision;
    if (found === revision) return;
    throw new ConflictError(`"${key}" is at revision ${found}, not at ${revision} as expected`);
  }

  #note(write: Write, lease: string | undefined): void {
    const drafted =
      write.kind === 'delete'
        ? { revision: 0 }
        : { revision: this.#revision, ...(lease !== undefined && { lease }) };
    this.#keys.set(write.key, drafted);
  }

  #row(key: Key): Drafted {
    const drafted = this.#keys.get(key);
    if (drafted !== undefined) return drafted;
    const row = this.#table.row(key);
    return row === undefined ? { revision: 0 } : { ...row, revision: row.entry.revision };
  }

  #isLive(lease: string): boolean {
    return this.#leases.get(lease) ?? this.#table.lease(lease) !== undefined;
  }

  #keysOf(lease: string): Key[] {
    const candidates = new Set([...(this.#table.lease(lease)?.keys ?? []), ...this.#keys.keys()]);
    return [...candidates].filter((key) => this.#row(key).lease === lease);
  }
}

/** Only what a write is, whatever else the caller's object carries. */
function plainWrite(write: Write): Write {
  const { kind, key } = write;
  return kind === 'put' ? { kind, key, value: write.value } : { kind, key };
}
