import type { Key, Write } from '@callsign/catalog';

/** What the store should hold of ours. */
export interface Desired {
  readonly records: ReadonlyMap<Key, Wanted>;
  /** False until every container has been looked at: what nobody wants yet may still be wanted. */
  readonly settled: boolean;
  /** Containers that could not be looked at: what they have, they keep. */
  readonly undetermined: ReadonlySet<string>;
}

/** What should be at one key. */
export interface Wanted {
  readonly value: string;
  readonly container: string;
}

/** What the store holds at one key. */
export interface Held {
  readonly value: string;
  readonly revision: number;
  /** False: somebody else put it there, and it is left alone. */
  readonly ours: boolean;
  /** '' for none. */
  readonly container: string;
  /** The lease of ours that keeps it; undefined: an earlier one, or none. */
  readonly lease: string | undefined;
}

export type Current = ReadonlyMap<Key, Held>;

/** What is ours and wanted no more. */
type Rest = readonly (readonly [Key, Held])[];

/** A write, and what goes with it. */
export interface Change {
  readonly write: Write;
  /** What its key must be at; 0 where nothing is expected. */
  readonly revision: number;
  /** Whose record it is; '' where that is not known. */
  readonly container: string;
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
 *     -         ours            delete, once settled
 *     -         ours, of an undetermined container: put as it is, under our lease
 *     -         not ours        -
 */
export function plan(desired: Desired, current: Current, lease: string): Plan {
  const puts: Change[] = [];
  const occupied: Key[] = [];
  for (const [key, { value, container }] of desired.records) {
    const held = current.get(key);
    const isThere = held?.value === value && held.lease === lease;
    if (held?.ours === false) occupied.push(key);
    else if (!isThere)
      puts.push({ write: { kind: 'put', key, value }, revision: held?.revision ?? 0, container });
  }
  const rest = [...current].filter(([key, { ours }]) => ours && !desired.records.has(key));
  return { changes: [...puts, ...keeps(desired, rest, lease), ...deletes(desired, rest)], occupied };
}

/** What an earlier run put would end with that run's lease. */
function keeps({ undetermined }: Desired, rest: Rest, lease: string): readonly Change[] {
  return rest
    .filter(([, held]) => undetermined.has(held.container) && held.lease !== lease)
    .map(([key, { value, revision, container }]) => ({
      write: { kind: 'put', key, value },
      revision,
      container,
    }));
}

function deletes({ settled, undetermined }: Desired, rest: Rest): readonly Change[] {
  if (!settled) return [];
  return rest
    .filter(([, { container }]) => !undetermined.has(container))
    .map(([key, { revision, container }]) => ({ write: { kind: 'delete', key }, revision, container }));
}
