import {
  type Batch,
  isWithin,
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
import type { ZoneRecord } from '../zone/record.ts';
import type { Zone } from '../zone/zone.ts';

const VISIBLE_MS = 1_000;

/** Services as the APIs see them: read from the zone that is served, written to the store. */
export class Directory {
  readonly #store: Store;
  readonly #follower: Follower;

  constructor(store: Store, follower: Follower) {
    this.#store = store;
    this.#follower = follower;
  }

  /** @throws {HttpError} 503 until the first full list has come */
  get zone(): Zone {
    const { zone } = this.#follower;
    if (zone === undefined) throw new HttpError(503, 'NOT_READY', 'the store has not been read yet');
    return zone;
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

  /** Resolves once the zone shows a later revision, or the signal has fired. */
  async passed(revision: number, signal: AbortSignal): Promise<void> {
    await this.#follower.reached(revision + 1, signal);
  }

  get leases(): Leases {
    return this.#store.leases;
  }

  /**
   * Writes unless somebody was faster, and returns once the zone shows it, so that who wrote can ask at once.
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
    const revision = await this.#store.commit([write], {
      ...(lease && { lease }),
      expect: [{ key, revision: basedOn?.revision ?? 0 }],
    });
    await this.reached(revision);
    return revision;
  }
}

export function invalid(problems: readonly FieldProblem[]): HttpError {
  const told = problems.map(({ field, detail }) => `${field} ${detail}`).join('; ');
  return new HttpError(400, 'SERVICE_INVALID', told, problems);
}

function nameOrRefuse(text: string): OwnerName {
  try {
    return ownerName(text);
  } catch (error) {
    throw invalid([{ field: 'name', detail: (error as Error).message }]);
  }
}
