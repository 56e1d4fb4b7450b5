import {
  type Batch,
  type CommitOptions,
  ConflictError,
  type Entry,
  isWithin,
  type Key,
  keyOf,
  type LeaseRef,
  type Leases,
  labelsOf,
  type OwnerName,
  ownerName,
  type Store,
  type Write,
} from '@callsign/catalog';
import { type FieldProblem, HttpError } from '@callsign/daemon';
import type { Follower } from '../follow/follower.ts';
import { readValue, type ZoneRecord } from '../zone/record.ts';
import type { Zone } from '../zone/zone.ts';
import type { ZoneCopies, ZoneCopy } from '../zone-copies.ts';

const VISIBLE_MS = 1_000;

/** Services as the APIs see them: read from the zone that is served, written to the store. */
export class Directory {
  readonly #store: Store;
  readonly #follower: Follower;
  readonly #copies: ZoneCopies;

  constructor(store: Store, follower: Follower, copies: ZoneCopies) {
    this.#store = store;
    this.#follower = follower;
    this.#copies = copies;
  }

  /** @throws {HttpError} 503 until the first full list has come */
  get zone(): Zone {
    const { zone } = this.#follower;
    if (zone === undefined) throw new HttpError(503, 'NOT_READY', 'the store has not been read yet');
    return zone;
  }

  /** The zone as it is now, for whoever goes through all of it in turns. @throws {HttpError} 503 like `zone` */
  copy(): ZoneCopy {
    return this.#copies.take(this.zone);
  }

  find(name: OwnerName): ZoneRecord | undefined {
    const labels = labelsOf(name);
    const { node, found } = this.zone.closest(labels);
    return found === labels.length ? node.record : undefined;
  }

  /** The canonical form of a name that we may be asked for. @throws {HttpError} 400 for any other */
  served(text: string): OwnerName {
    const name = nameOrRefuse(text);
    const { domains } = this.zone.options;
    if (domains.some((domain) => isWithin(name, domain)) || name.endsWith('.arpa.')) return name;
    const detail = `is in none of the domains served here: ${domains.join(' ')}`;
    throw invalid([{ field: 'name', detail }]);
  }

  /** Every change of the store after a revision. @throws {CompactedError} when it has forgotten them */
  watch(after: number, signal: AbortSignal): AsyncIterable<Batch> {
    return this.#store.watch('', after, signal);
  }

  /** False when the zone does not come to show this revision: it is none of this store. */
  reached(revision: number): Promise<boolean> {
    return this.#follower.reached(revision, AbortSignal.timeout(VISIBLE_MS));
  }

  /** True once another zone is served, or this one shows another revision; false when the signal has fired. */
  moved(zone: Zone, revision: number, signal: AbortSignal): Promise<boolean> {
    return this.#follower.moved(zone, revision, signal);
  }

  get leases(): Leases {
    return this.#store.leases;
  }

  /**
   * Writes unless somebody was faster, and returns once the zone shows it, so that who wrote can ask at once. A value that
   * cannot be served is as good as none.
   * @param lease what a value ends with
   * @throws {ConflictError} when the record is not at the revision that the decision was based on
   */
  async write(
    name: OwnerName,
    value: string | undefined,
    basedOn: ZoneRecord | undefined,
    lease?: LeaseRef,
  ): Promise<number> {
    const key = keyOf(name);
    const write: Write = value === undefined ? { kind: 'delete', key } : { kind: 'put', key, value };
    const commit = (revision: number) =>
      this.#commit([write], { ...(lease && { lease }), expect: [{ key, revision }] });
    try {
      return await commit(basedOn?.revision ?? 0);
    } catch (error) {
      if (basedOn !== undefined || !(error instanceof ConflictError)) throw error;
      const present = await this.#stored(key);
      if (present === undefined || isServable(present)) throw error;
      return await commit(present.revision);
    }
  }

  /**
   * Puts values in the place of records, all at once.
   * @throws {ConflictError} when one of them has changed since it was read, or something else is where a value belongs
   */
  replace(records: readonly ZoneRecord[], values: ReadonlyMap<Key, string>): Promise<number> {
    const present = new Map(records.map(({ name, revision }) => [keyOf(name), revision]));
    const keys = [...new Set([...present.keys(), ...values.keys()])];
    const writes = keys.map((key): Write => {
      const value = values.get(key);
      return value === undefined ? { kind: 'delete', key } : { kind: 'put', key, value };
    });
    return this.#commit(writes, { expect: keys.map((key) => ({ key, revision: present.get(key) ?? 0 })) });
  }

  /** Serves what has no TTL of its own with this one from now on, until this process ends. */
  async useTtl(ttl: number): Promise<void> {
    await this.#follower.useTtl(ttl, AbortSignal.timeout(VISIBLE_MS));
  }

  async #stored(key: Key): Promise<Entry | undefined> {
    // Whatever else begins like this key comes after it.
    for await (const { entries } of this.#store.pages(key)) return entries.find((entry) => entry.key === key);
    return undefined;
  }

  async #commit(writes: readonly Write[], options: CommitOptions): Promise<number> {
    const revision = await this.#store.commit(writes, options);
    await this.reached(revision);
    return revision;
  }
}

function isServable({ value }: Entry): boolean {
  try {
    readValue(value);
    return true;
  } catch {
    return false;
  }
}

export function invalid(problems: readonly FieldProblem[]): HttpError {
  const told = problems.map(({ field, detail }) => `${field} ${detail}`).join('; ');
  return new HttpError(400, 'SERVICE_INVALID', told, { problems });
}

function nameOrRefuse(text: string): OwnerName {
  try {
    return ownerName(text);
  } catch (error) {
    throw invalid([{ field: 'name', detail: `is not valid: ${(error as Error).message}` }]);
  }
}
