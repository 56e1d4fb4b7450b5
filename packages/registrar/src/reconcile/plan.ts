import type { Key, Write } from '@callsign/catalog';
import type { Records } from './records.ts';

/** What the store should hold of ours. */
export interface Desired {
  readonly records: Records;
  /** False until every container has been looked at: what nobody wants yet may still be wanted. */
  readonly settled: boolean;
  /** Containers that could not be looked at: what they have, they keep. */
  readonly undetermined: ReadonlySet<string>;
}

/** What the store holds at one key. */
export interface Held {
  readonly value: string;
  readonly revision: number;
  /** False: somebody else put it there, and it is left alone. */
  readonly ours: boolean;
  readonly container: string | undefined;
  /** The lease of ours that keeps it; undefined: an earlier one, or none. */
  readonly lease: string | undefined;
}

export type Current = ReadonlyMap<Key, Held>;

/** A write, and the revision that its key must be at for it: 0 where nothing is expected. */
export interface Change {
  readonly write: Write;
  readonly revision: number;
}

export interface Plan {
  /** Puts before deletes, so that a container that is renamed is never without a name. */
  readonly changes: readonly Change[];
  /** Keys that we want and somebody else has. */
  readonly occupied: readonly Key[];
}

/**
 * What makes current equal desired:
 *
 *     desired   current         plan
 *     value     nothing         put
 *     value     same, our lease -
 *     value     other, or other lease: put
 *     value     not ours        occupied
 *     -         ours            delete, once settled and unless its container is undetermined
 *     -         not ours        -
 */
export function plan(desired: Desired, current: Current, lease: string): Plan {
  const wanted = [...desired.records].map(([key, value]) => ({ key, value, held: current.get(key) }));
  const occupied = wanted.filter(({ held }) => held?.ours === false).map(({ key }) => key);
  const puts = wanted
    .filter(({ value, held }) => held?.ours !== false && (held?.value !== value || held.lease !== lease))
    .map(
      ({ key, value, held }) =>
        ({ write: { kind: 'put', key, value }, revision: held?.revision ?? 0 }) as const,
    );
  return { changes: [...puts, ...deletes(desired, current)], occupied };
}

function deletes({ records, settled, undetermined }: Desired, current: Current): readonly Change[] {
  if (!settled) return [];
  return [...current]
    .filter(([key, { ours, container }]) => ours && !records.has(key) && !undetermined.has(container ?? ''))
    .map(([key, { revision }]) => ({ write: { kind: 'delete', key }, revision }));
}
