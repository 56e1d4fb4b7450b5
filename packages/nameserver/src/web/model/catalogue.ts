import { type Entry, entryOf, type Service } from './service.ts';

/** One event of the stream, and when it was heard, in milliseconds since 1970. */
export type Change = { readonly at: number } & (
  | { readonly kind: 'put'; readonly service: Service }
  | { readonly kind: 'delete'; readonly name: string }
);

/** What a change was to whoever had seen the state before it. */
export interface Happening {
  readonly at: number;
  readonly what: 'came' | 'changed' | 'gone';
  /** The service as it is, or as it was last. */
  readonly entry: Entry;
}

/** All services in their order, and what has happened to them lately, the latest first. */
export interface Catalogue {
  readonly domains: readonly string[];
  readonly byName: ReadonlyMap<string, Entry>;
  readonly entries: readonly Entry[];
  readonly happenings: readonly Happening[];
}

export const NOTHING: Catalogue = { domains: [], byName: new Map(), entries: [], happenings: [] };

const REMEMBERED = 500;

/** Everything anew; what happened before is still told. */
export function listed(
  { happenings }: Catalogue,
  services: readonly Service[],
  domains: readonly string[],
): Catalogue {
  const entries = services.map((service) => entryOf(service, domains));
  const byName = new Map(entries.map((entry) => [entry.service.name as string, entry]));
  return { domains, byName, entries: inOrder(entries), happenings };
}

/** After some changes, all at once: one copy and one sort for however many there are. */
export function changed(catalogue: Catalogue, changes: readonly Change[]): Catalogue {
  const byName = new Map(catalogue.byName);
  const happened = changes.flatMap((change) => applied(byName, change, catalogue.domains));
  const happenings = [...happened.toReversed(), ...catalogue.happenings].slice(0, REMEMBERED);
  return { ...catalogue, byName, entries: reordered(catalogue.entries, byName), happenings };
}

function applied(
  byName: Map<string, Entry>,
  change: Change,
  domains: readonly string[],
): readonly Happening[] {
  const { at, kind } = change;
  const name = kind === 'put' ? change.service.name : change.name;
  const before = byName.get(name);
  if (kind === 'put') {
    const entry = entryOf(change.service, domains);
    byName.set(name, entry);
    return [{ at, what: before === undefined ? 'came' : 'changed', entry }];
  }
  byName.delete(name);
  return before === undefined ? [] : [{ at, what: 'gone', entry: before }];
}

/** What was in order stays so, and what is new goes behind it: sorting that is hardly more than one look at each. */
function reordered(before: readonly Entry[], byName: ReadonlyMap<string, Entry>): readonly Entry[] {
  const kept = before.filter((entry) => byName.get(entry.service.name) === entry);
  const old = new Set(kept);
  return inOrder([...kept, ...[...byName.values()].filter((entry) => !old.has(entry))]);
}

function inOrder(entries: readonly Entry[]): readonly Entry[] {
  return entries.toSorted((a, b) => (a.order < b.order ? -1 : 1));
}
