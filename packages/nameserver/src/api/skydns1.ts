import {
  ConflictError,
  checkService,
  EMPTY_SERVICE,
  encodeService,
  NameError,
  type Service,
  ServiceError,
  safeLabel,
} from '@callsign/catalog';
import {
  type Clock,
  HttpError,
  type HttpReply,
  type HttpRequest,
  type Log,
  type Route,
} from '@callsign/daemon';
import type { Registration, SkyDns1Service } from '../zone/registered.ts';
import { sendCallbacks } from './callbacks.ts';
import type { Directory } from './directory.ts';
import { readCallback, readRegistration } from './skydns1-body.ts';

/**
 * SkyDNS 1's API, for skydock and everything else that registers services there. Status codes, field order and
 * the plain text of errors are those of skydns1 server/server.go.
 *
 *     PUT GET PATCH DELETE  /skydns/services/UUID
 *     GET                   /skydns/services/?query=PATTERN
 *     GET                   /skydns/regions/   /skydns/environments/
 *     PUT                   /skydns/callbacks/UUID
 */
export function skydns1Routes(api: SkyDns1Api): readonly Route[] {
  const path = '/skydns/services/:uuid';
  const routes: Route[] = [
    { method: 'PUT', path, handle: (request) => api.add(request) },
    { method: 'GET', path, handle: (request) => api.get(request) },
    { method: 'PATCH', path, handle: (request) => api.updateTtl(request) },
    { method: 'DELETE', path, handle: (request) => api.remove(request) },
    { method: 'GET', path: '/skydns/services/', handle: (request) => api.query(request) },
    { method: 'GET', path: '/skydns/regions/', handle: () => api.count('Region') },
    { method: 'GET', path: '/skydns/environments/', handle: () => api.count('Environment') },
    { method: 'PUT', path: '/skydns/callbacks/:uuid', handle: (request) => api.addCallback(request) },
  ];
  return routes.map((route) => ({
    ...route,
    handle: async (request) => plainly(() => route.handle(request)),
  }));
}

/** The labels that an empty field leaves out would shift all the others: they are called this instead. */
const UNNAMED = 'default';
const MAX_TTL = 2 ** 31 - 1;

export class SkyDns1Api {
  readonly #directory: Directory;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(directory: Directory, clock: Clock, log: Log) {
    this.#directory = directory;
    this.#clock = clock;
    this.#log = log;
  }

  async add(request: HttpRequest): Promise<HttpReply> {
    const { TTL, ...told } = readRegistration(request.body, request.params.uuid ?? '');
    if (told.Host === '' || told.Port === 0) throw new HttpError(400, 'SKYDNS1', 'Host and Port required');
    if (this.#directory.zone.registered.get(told.UUID) !== undefined) throw exists();
    const name = this.#directory.served(this.#nameOf(told));
    const present = this.#directory.find(name);
    if (present !== undefined) throw exists();
    // What cannot be served would be neither found nor withdrawn again.
    const service = checkService(this.#service({ skydns1: told }, TTL));
    await this.#directory.write(name, encodeService(service), undefined);
    return text(201, '');
  }

  get(request: HttpRequest): HttpReply {
    return text(200, `${JSON.stringify(this.#shown(this.#existing(request)))}\n`);
  }

  /** The heartbeat: the TTL starts anew, and everything else in the body is ignored. */
  async updateTtl(request: HttpRequest): Promise<HttpReply> {
    const present = this.#existing(request);
    const { TTL } = readRegistration(request.body, '');
    const renewed = this.#service(present.service.callsign, TTL);
    await this.#directory.write(present.name, encodeService(renewed), present);
    return text(200, '');
  }

  async remove(request: HttpRequest): Promise<HttpReply> {
    const present = this.#existing(request);
    await this.#directory.write(present.name, undefined, present);
    this.withdrawn(present);
    return text(200, '');
  }

  /** Every service of this region, version, name and environment will call when it goes; its host is no matter. */
  async addCallback(request: HttpRequest): Promise<HttpReply> {
    const callback = readCallback(request.body, request.params.uuid ?? '');
    const wanted = readRegistration(request.body, '');
    const fitting = this.#all().filter(({ service }) => sameService(service.callsign.skydns1, wanted));
    if (fitting.length === 0) throw missing();
    for (const present of fitting) {
      const { callbacks = [] } = present.service.callsign;
      const kept = callbacks.filter(({ UUID }) => UUID !== callback.UUID);
      const callsign = { ...present.service.callsign, callbacks: [...kept, callback] };
      await this.#directory.write(present.name, encodeService({ ...present.service, callsign }), present);
    }
    return text(201, '');
  }

  /** Says so to everybody who wanted to know. */
  withdrawn(registration: Registration): void {
    sendCallbacks(registration, this.#shown(registration), this.#log);
  }

  query(request: HttpRequest): HttpReply {
    const pattern = request.query.get('query') ?? '*';
    const found = this.#all().filter((registration) =>
      matches(pattern, registration.service.callsign.skydns1),
    );
    if (found.length === 0) throw missing();
    return text(200, `${JSON.stringify(found.map((registration) => this.#shown(registration)))}\n`);
  }

  count(field: 'Region' | 'Environment'): HttpReply {
    const byValue = Map.groupBy(this.#all(), ({ service }) => service.callsign.skydns1[field]);
    const counts = [...byValue].map(([value, all]) => [value, all.length] as const);
    const sorted = counts.toSorted(([a], [b]) => (a < b ? -1 : 1));
    return text(200, sorted.length === 0 ? '{}' : `${JSON.stringify(Object.fromEntries(sorted))}\n`);
  }

  #all(): Registration[] {
    return this.#directory.zone.registered.all();
  }

  #existing(request: HttpRequest): Registration {
    const found = this.#directory.zone.registered.get(request.params.uuid ?? '');
    if (found === undefined) throw missing();
    return found;
  }

  #nameOf(told: SkyDns1Service): string {
    return `${labelsOf(told).join('.')}.${this.#directory.zone.options.domains[0]}`;
  }

  #service({ skydns1, callbacks }: Registration['service']['callsign'], ttl: number): Service {
    const expires = new Date(this.#clock.now() + ttl * 1000).toISOString();
    const ending = skydns1.NoExpire ? {} : { expires };
    const callsign = { source: 'skydns1', skydns1, ...ending, ...(callbacks && { callbacks }) };
    return {
      ...EMPTY_SERVICE,
      host: skydns1.Host,
      port: skydns1.Port,
      ttl: Math.min(ttl, MAX_TTL),
      callsign,
    };
  }

  /** TTL is what is left of it, in whole seconds; field order as SkyDNS had it. */
  #shown({ service }: Registration): object {
    const { UUID, Name, Version, Environment, Region, Host, Port, NoExpire } = service.callsign.skydns1;
    const expires = service.callsign.expires ?? '0001-01-01T00:00:00Z';
    const left = Math.floor((Date.parse(expires) - this.#clock.now()) / 1000);
    const TTL = NoExpire ? service.ttl : Math.max(0, left);
    return { UUID, Name, Version, Environment, Region, Host, Port, TTL, Expires: expires, NoExpire };
  }
}

/** uuid.host.region.version.service.environment: the structure of every name of ours, under other words. */
function labelsOf({ UUID, Host, Region, Version, Name, Environment }: SkyDns1Service): string[] {
  return [UUID, Host, Region, Version, Name, Environment].map((text) => safeLabel(text || UNNAMED));
}

/** Labels may be left out from the left, and `*` stands for any one (skydns1 registry/registry.go). */
function matches(pattern: string, told: SkyDns1Service): boolean {
  const wanted = pattern.toLowerCase().replace(/\.$/, '').split('.').toReversed();
  const labels = labelsOf(told).toReversed();
  return wanted.length <= labels.length && wanted.every((label, at) => label === '*' || label === labels[at]);
}

function sameService(a: SkyDns1Service, b: SkyDns1Service): boolean {
  return (['Region', 'Version', 'Name', 'Environment'] as const).every((field) => a[field] === b[field]);
}

function exists(): HttpError {
  return new HttpError(409, 'SKYDNS1', 'Service already exists in registry');
}

function missing(): HttpError {
  return new HttpError(404, 'SKYDNS1', 'Service does not exist in registry');
}

function text(status: number, body: string): HttpReply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

const CHANGED = 'Service was changed by somebody else meanwhile';
/** What is thrown for a body that cannot be read, which SkyDNS 1 takes for a fault of its own. */
const UNREADABLE = [SyntaxError, TypeError, RangeError];

/** SkyDNS 1 says its errors in plain text. */
async function plainly(handle: () => HttpReply | Promise<HttpReply>): Promise<HttpReply> {
  try {
    return await handle();
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error;
    const said = error instanceof ConflictError ? CHANGED : (error as Error).message;
    return text(status, `${said}\n`);
  }
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof ConflictError) return 409;
  if (error instanceof NameError || error instanceof ServiceError) return 400;
  if (error instanceof HttpError) return error.status;
  return UNREADABLE.some((kind) => error instanceof kind) ? 500 : undefined;
}
