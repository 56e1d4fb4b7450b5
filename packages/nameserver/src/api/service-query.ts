import { isWithin, type OwnerName, ownerName } from '@callsign/catalog';
import type { Listed } from './listed.ts';
import { Parameters } from './parameters.ts';
import type { ShownService } from './shown-service.ts';

/** Which services a client wants to see, in which order, and from where on. */
export interface ServiceQuery {
  readonly filters: readonly ((service: Listed) => boolean)[];
  readonly sort: Sort;
  /** Absent: all that there are. */
  readonly limit?: number;
  readonly after?: Position;
}

export interface Sort {
  readonly by: SortKey;
  readonly descending: boolean;
}

/** A place in an order that stays where it is when services come and go: the last one seen. */
export interface Position {
  readonly value: string | number;
  readonly name: OwnerName;
}

type Filter = (value: string) => (service: Listed) => boolean;

const MOST_PER_PAGE = 10_000;
/** What health checks say of containers; `none` has everything without one. */
const HEALTH: ReadonlySet<string> = new Set(['none', 'starting', 'healthy', 'unhealthy']);
const BY_NAME: Sort = { by: 'name', descending: false };

/** By `name` everything is found that is called so or below it, as a question of DNS would. */
const FILTERS: Readonly<Record<string, Filter>> = {
  name: (value) => {
    const name = ownerName(value);
    return (service) => isWithin(service.name, name);
  },
  environment: where(({ environment }) => environment),
  region: where(({ region }) => region),
  node: where(({ node }) => node),
  owner: where(({ callsign }) => callsign?.owner),
  health: (value) => {
    const health = healthOf(value);
    return ({ shown }) => (shown.callsign?.health ?? 'none') === health;
  },
  text: (value) => {
    const wanted = value.toLowerCase();
    return ({ shown }) => searched(shown).some((text) => text.toLowerCase().includes(wanted));
  },
};

export const SORT_VALUES = {
  name: ({ name }) => name,
  environment: ({ shown }) => shown.environment ?? '',
  service: ({ shown }) => shown.service ?? '',
  instance: ({ shown }) => shown.instance ?? '',
  region: ({ shown }) => shown.region ?? '',
  node: ({ shown }) => shown.node ?? '',
  owner: ({ shown }) => shown.callsign?.owner ?? '',
  host: ({ shown }) => shown.host,
  port: ({ shown }) => shown.port,
  revision: ({ shown }) => shown.revision,
} satisfies Record<string, (service: Listed) => string | number>;

type SortKey = keyof typeof SORT_VALUES;

const SORT_KEYS = Object.keys(SORT_VALUES) as readonly SortKey[];
const KNOWN = new Set([...Object.keys(FILTERS), 'sort', 'limit', 'cursor']);

/** @throws {HttpError} 400 naming every parameter that is wrong or unknown */
export function serviceQuery(query: URLSearchParams): ServiceQuery {
  const parameters = new Parameters(query);
  const filters = Object.entries(FILTERS).map(([field, filter]) => parameters.read(field, filter));
  const sort = parameters.read('sort', sortOf) ?? BY_NAME;
  const limit = parameters.read('limit', limitOf);
  const after = parameters.read('cursor', (text) => positionOf(text, sort));
  parameters.refuseUnknown(KNOWN);
  parameters.check();
  return {
    filters: filters.filter((filter) => filter !== undefined),
    sort,
    ...(limit !== undefined && { limit }),
    ...(after !== undefined && { after }),
  };
}

function positionOf(text: string, { by }: Sort): Position {
  const [value, name] = listOf(Buffer.from(text, 'base64url').toString());
  const numeric = by === 'port' || by === 'revision';
  if (typeof name === 'string' && typeof value === (numeric ? 'number' : 'string')) {
    return { value: value as string | number, name };
  }
  throw new Error('is none that this list gave out for this order');
}

function listOf(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function sortOf(text: string): Sort {
  const descending = text.startsWith('-');
  const wanted = descending ? text.slice(1) : text;
  const by = SORT_KEYS.find((key) => key === wanted);
  if (by !== undefined) return { by, descending };
  throw new Error(`"${text}" is none of ${SORT_KEYS.join(', ')}, or one of them behind a minus sign`);
}

/** Those of which something is just what is asked for. */
function where(read: (shown: ShownService) => string | undefined): Filter {
  return (value) => (service) => read(service.shown) === value;
}

function healthOf(text: string): string {
  if (HEALTH.has(text)) return text;
  throw new Error(`"${text}" is none of ${[...HEALTH].join(', ')}`);
}

function limitOf(text: string): number {
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MOST_PER_PAGE) return limit;
  throw new Error(`must be a whole number from 1 to ${MOST_PER_PAGE}`);
}

function searched({ name, host, text, callsign = {} }: ShownService): string[] {
  return [name, host, text, ...Object.values(callsign).filter((value) => typeof value === 'string')];
}
