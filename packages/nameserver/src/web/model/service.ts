import type { ShownService } from '../../api/shown-service.ts';
import type { Status as ServerStatus } from '../../api/status.ts';

/** As REST shows them. */
export type Service = ShownService;
export type Status = ServerStatus;

/** How a service is, in one word: what its health check says, or else what it is. */
export type State = 'healthy' | 'starting' | 'unhealthy' | 'running' | 'registered';

/** Where the tree has a service. */
export interface Place {
  readonly environment: string;
  readonly service: string;
  readonly instance: string;
}

/** A service, with all that is worked out once so that it need not be at every keystroke. */
export interface Entry {
  readonly service: Service;
  readonly place: Place;
  readonly state: State;
  /** What a search looks at, in lower case. */
  readonly searched: string;
  /** What entries are in order by. */
  readonly order: string;
}

/** What stands for a label that a name does not have. */
const NONE = '–';
/** Sorts before every character of a label. */
const BETWEEN = '\u0000';

export function entryOf(service: Service, domains: readonly string[]): Entry {
  const place = placeOf(service, domains);
  const { environment, service: called, instance } = place;
  return {
    service,
    place,
    state: stateOf(service),
    searched: searchedOf(service),
    order: [environment, called, instance, service.name].join(BETWEEN),
  };
}

/** A name that registrars did not make is read as a person means it: `INSTANCE.SERVICE.ENVIRONMENT.DOMAIN`. */
function placeOf(service: Service, domains: readonly string[]): Place {
  const { environment, service: called, instance, name } = service;
  if (called !== undefined && instance !== undefined)
    return { environment: environment || NONE, service: called, instance };
  const labels = labelsBelow(name, domains);
  const own = labels.at(-2) ?? NONE;
  return { environment: labels.at(-1) ?? NONE, service: own, instance: labels.slice(0, -2).join('.') || own };
}

function labelsBelow(name: string, domains: readonly string[]): readonly string[] {
  const inside = domains.filter((domain) => name === domain || name.endsWith(`.${domain}`));
  const longest = inside.reduce((a, b) => (b.length > a.length ? b : a), '');
  return name
    .slice(0, name.length - longest.length)
    .split('.')
    .filter((label) => label !== '');
}

function stateOf({ callsign }: Service): State {
  const { health, source } = callsign ?? {};
  if (health === 'healthy' || health === 'starting' || health === 'unhealthy') return health;
  return source === 'docker' ? 'running' : 'registered';
}

function searchedOf({ name, host, port, text, callsign = {} }: Service): string {
  const told = Object.values(callsign).filter((value) => typeof value === 'string');
  return [name, addressOf({ host, port }), text, ...told].join(BETWEEN).toLowerCase();
}

/** `10.0.0.5:80`, `[fd00::5]:80`, or the host alone where there is no port. */
export function addressOf({ host, port }: Pick<Service, 'host' | 'port'>): string {
  if (port <= 0) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function sourceOf({ callsign }: Service): string {
  return callsign?.source ?? 'store';
}
