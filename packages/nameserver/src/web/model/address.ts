import { EVERYTHING, type Filter } from './filter.ts';

export const VIEWS = ['services', 'nodes', 'events'] as const;
export type View = (typeof VIEWS)[number];

/** What is shown, as the browser's address bar has it. */
export interface Address {
  readonly view: View;
  /** The name of the one service whose page is shown; '' for the view. */
  readonly service: string;
  readonly filter: Filter;
}

const START: Address = { view: 'services', service: '', filter: EVERYTHING };
const FIELDS = Object.keys(EVERYTHING) as readonly (keyof Filter)[];

/** @param search `?view=…&text=…`; what it does not say, or nobody knows, is as at the start */
export function readAddress(search: string): Address {
  const query = new URLSearchParams(search);
  const view = VIEWS.find((each) => each === query.get('view')) ?? START.view;
  const filter = Object.fromEntries(FIELDS.map((field) => [field, query.get(field) ?? '']));
  return { view, service: query.get('service') ?? '', filter: { ...EVERYTHING, ...filter } };
}

/** The shortest address that says so: `?text=redis`, or `?` at the start. */
export function writeAddress({ view, service, filter }: Address): string {
  const query = new URLSearchParams();
  if (view !== START.view) query.set('view', view);
  for (const field of FIELDS) if (filter[field] !== '') query.set(field, filter[field]);
  if (service !== '') query.set('service', service);
  return `?${query}`;
}
