import type { Key } from '../names.ts';
import type { Batch, Change, Entry, GrantedLease } from '../store.ts';
import { type EntryRecord, FORMAT, type StoreRecord } from './record.ts';

interface Row {
  readonly entry: Entry;
  readonly lease?: string;
}

interface LeaseRow extends GrantedLease {
  readonly keys: Set<Key>;
}

/** The entries and leases of an embedded store at one revision. Only `apply` changes it. */
export class Table {
  #revision = 0;
  readonly #rows = new Map<Key, Row>();
  readonly #leases = new Map<string, LeaseRow>();

  get revision(): number {
    return this.#revision;
  }

  get leases(): Iterable<GrantedLease> {
    return this.#leases.values();
  }

  row(key: Key): Row | undefined {
    return this.#rows.get(key);
  }

  lease(id: string): LeaseRow | undefined {
    return this.#leases.get(id);
  }

  /** Ordered by key. */
  entries(prefix: string): Entry[] {
    const found: Entry[] = [];
    for (const [key, { entry }] of this.#rows) if (key.startsWith(prefix)) found.push(entry);
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** The records that make this table of an empty one. Not to be changed while it is read. */
  *snapshot(): Generator<StoreRecord> {
    yield { kind: 'start', format: FORMAT, revision: this.#revision };
    for (const { id, ttl } of this.#leases.values()) yield { kind: 'grant', lease: id, ttl };
    for (const { entry, lease } of this.#rows.values()) {
      const { key, value, revision } = entry;
      yield { kind: 'entry', key, value, revision, ...(lease !== undefined && { lease }) };
    }
  }

  /** What a watcher is told of it; undefined when nobody could see a difference. */
  apply(record: StoreRecord): Batch | undefined {
    switch (record.kind) {
      case 'start':
        this.#revision = record.revision;
        return undefined;
      case 'grant':
        this.#leases.set(record.lease, { id: record.lease, ttl: record.ttl, keys: new Set() });
        return undefined;
      case 'entry':
        this.#put(record);
        return undefined;
      case 'commit':
        return this.#publish(
          record.revision,
          record.writes.map((write) =>
            write.kind === 'put' ? this.#put(entryRecord(write, record)) : this.#delete(write.key),
          ),
        );
      case 'end': {
        const changes = record.keys.map((key) => this.#delete(key));
        this.#leases.delete(record.lease);
        return changes.length === 0 ? undefined : this.#publish(record.revision, changes);
      }
      default:
        return record satisfies never;
    }
  }

  #publish(revision: number, changes: readonly Change[]): Batch {
    this.#revision = revision;
    return { revision, changes };
  }

  #put({ key, value, revision, lease }: EntryRecord): Change {
    this.#detach(key);
    const held = lease === undefined ? undefined : this.#leases.get(lease);
    const entry: Entry = { key, value, revision, ...(held && { leaseTtl: held.ttl }) };
    this.#rows.set(key, { entry, ...(held && { lease: held.id }) });
    held?.keys.add(key);
    return { kind: 'put', entry };
  }

  #delete(key: Key): Change {
    this.#detach(key);
    this.#rows.delete(key);
    return { kind: 'delete', key };
  }

  #detach(key: Key): void {
    const lease = this.#rows.get(key)?.lease;
    if (lease !== undefined) this.#leases.get(lease)?.keys.delete(key);
  }
}

function entryRecord(
  write: { readonly key: Key; readonly value: string },
  { revision, lease }: { readonly revision: number; readonly lease?: string },
): EntryRecord {
  return {
    kind: 'entry',
    key: write.key,
    value: write.value,
    revision,
    ...(lease !== undefined && { lease }),
  };
}
