import { type Entry, type Service, sourceOf } from './service.ts';

/** What is looked for; '' leaves everything. */
export interface Filter {
  readonly text: string;
  readonly environment: string;
  readonly node: string;
  readonly state: string;
  readonly source: string;
}

export type Choice = Exclude<keyof Filter, 'text'>;

export const EVERYTHING: Filter = { text: '', environment: '', node: '', state: '', source: '' };

/** What a choice is made by. */
const VALUES: Readonly<Record<Choice, (entry: Entry) => string>> = {
  environment: ({ place }) => place.environment,
  node: ({ service }) => nodeOf(service),
  state: ({ state }) => state,
  source: ({ service }) => sourceOf(service),
};

export const CHOICES = Object.keys(VALUES) as readonly Choice[];

export function isFiltering(filter: Filter): boolean {
  return Object.values(filter).some((value) => value !== '');
}

/** Those that have every word of the text somewhere, and every value that was chosen. */
export function filtered(entries: readonly Entry[], filter: Filter): readonly Entry[] {
  if (!isFiltering(filter)) return entries;
  const words = filter.text.toLowerCase().split(/\s+/);
  const chosen = CHOICES.filter((choice) => filter[choice] !== '');
  return entries.filter(
    (entry) =>
      chosen.every((choice) => VALUES[choice](entry) === filter[choice]) &&
      words.every((word) => entry.searched.includes(word)),
  );
}

/** The values that there are to choose from, in order. */
export function choicesOf(entries: readonly Entry[], choice: Choice): readonly string[] {
  const values = new Set(entries.map(VALUES[choice]));
  return [...values].filter((value) => value !== '').toSorted();
}

/** The node that its name tells of, or whose registrar keeps it. */
export function nodeOf({ node, callsign }: Service): string {
  return node ?? callsign?.owner ?? '';
}
