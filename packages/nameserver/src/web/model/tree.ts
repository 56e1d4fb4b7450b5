import type { Entry } from './service.ts';

export type Row = GroupRow | EntryRow;

interface Placed {
  /** What tells it from every other row, whatever else changes. */
  readonly key: string;
  readonly label: string;
  readonly level: number;
  /** Its place among its siblings, from 1, and how many those are. */
  readonly position: number;
  readonly siblings: number;
}

/** An environment, or a service in it. */
export interface GroupRow extends Placed {
  readonly kind: 'group';
  readonly open: boolean;
  /** How many instances are below it, and how many of those are unhealthy. */
  readonly size: number;
  readonly unhealthy: number;
}

export interface EntryRow extends Placed {
  readonly kind: 'entry';
  readonly entry: Entry;
}

/** Whether a group shows what is below it. */
export type IsOpen = (key: string, level: number) => boolean;

/** What makes the groups of a level: the label of the tree's first and second. */
const LABELS = [({ place }: Entry) => place.environment, ({ place }: Entry) => place.service] as const;

/** The rows of the tree from top to bottom, of entries that are in its order. What is closed costs nothing. */
export function rowsOf(entries: readonly Entry[], isOpen: IsOpen): readonly Row[] {
  const rows: Row[] = [];
  addRows(rows, entries, '', 1, isOpen);
  return rows;
}

function addRows(rows: Row[], entries: readonly Entry[], above: string, level: number, isOpen: IsOpen): void {
  const labelOf = LABELS[level - 1];
  if (labelOf === undefined) {
    addEntries(rows, entries, level);
    return;
  }
  const groups = runsOf(entries, labelOf);
  for (const [at, group] of groups.entries()) {
    const label = labelOf(group[0] as Entry);
    const key = `${above}${label}/`;
    const open = isOpen(key, level);
    const placed = { key, label, level, position: at + 1, siblings: groups.length };
    const unhealthy = group.filter(({ state }) => state === 'unhealthy').length;
    rows.push({ kind: 'group', ...placed, open, size: group.length, unhealthy });
    if (open) addRows(rows, group, key, level + 1, isOpen);
  }
}

function addEntries(rows: Row[], entries: readonly Entry[], level: number): void {
  for (const [at, entry] of entries.entries()) {
    const { service, place } = entry;
    const placed = { key: service.name, label: place.instance, level };
    rows.push({ kind: 'entry', ...placed, position: at + 1, siblings: entries.length, entry });
  }
}

/** Entries that stand together and have the same label. */
function runsOf(entries: readonly Entry[], labelOf: (entry: Entry) => string): readonly (readonly Entry[])[] {
  const runs: Entry[][] = [];
  let last: string | undefined;
  for (const entry of entries) {
    const label = labelOf(entry);
    if (label === last) runs.at(-1)?.push(entry);
    else runs.push([entry]);
    last = label;
  }
  return runs;
}
