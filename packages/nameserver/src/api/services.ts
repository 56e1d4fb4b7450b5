import {
  ConflictError,
  encodeService,
  type GrantedLease,
  LeaseLostError,
  type OwnerName,
  type Provenance,
} from '@callsign/catalog';
import {
  type Clock,
  HttpError,
  type HttpReply,
  type HttpRequest,
  json,
  type Route,
  systemClock,
} from '@callsign/daemon';
import { Turns } from '../turns.ts';
import type { ZoneRecord } from '../zone/record.ts';
import { type Directory, invalid } from './directory.ts';
import {
  checkPreconditions,
  etagOf,
  isConditional,
  preconditionFailed,
  unlessKnown,
} from './preconditions.ts';
import { bodyFields, type WantedService, wantedService } from './service-body.ts';
import { pageOf, pageReply } from './service-page.ts';
import { type ServiceQuery, serviceQuery } from './service-query.ts';
import { shownService } from './shown-service.ts';

/**
 * `/v1/services`: a service is called by its name, so its name is its id.
 *
 *     GET    /v1/services                 all of them, or those that a filter leaves, page by page
 *     POST   /v1/services                 make one that there is not
 *     GET    /v1/services/NAME            one
 *     PUT    /v1/services/NAME            make or replace one
 *     PATCH  /v1/services/NAME            change some of its fields (RFC 7396: null takes one away)
 *     DELETE /v1/services/NAME            remove one
 *     POST   /v1/services/NAME/heartbeat  keep one that has a lease
 */
export function serviceRoutes(directory: Directory, clock: Clock = systemClock): readonly Route[] {
  const api = new ServiceApi(directory, clock);
  const all = '/v1/services';
  const path = `${all}/:name`;
  return [
    { method: 'GET', path: all, handle: (request) => api.list(request) },
    { method: 'POST', path: all, handle: (request) => api.post(request) },
    { method: 'GET', path, handle: (request) => api.get(request) },
    { method: 'PUT', path, handle: (request) => api.put(request) },
    { method: 'PATCH', path, handle: (request) => api.patch(request) },
    { method: 'DELETE', path, handle: (request) => api.delete(request) },
    { method: 'POST', path: `${path}/heartbeat`, handle: (request) => api.heartbeat(request) },
  ];
}

/** What a write comes upon. */
interface Target {
  readonly present: ZoneRecord | undefined;
  /** What a change of some fields leaves beside them: whose the record is, and what its port is called. */
  readonly kept?: Provenance | undefined;
}

class ServiceApi {
  readonly #directory: Directory;
  readonly #clock: Clock;

  constructor(directory: Directory, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  async list(request: HttpRequest): Promise<HttpReply> {
    const query = serviceQuery(request.query);
    return await unlessKnown(request, this.#directory.zone.revision, () => this.#page(query));
  }

  async #page(query: ServiceQuery): Promise<HttpReply> {
    using copy = this.#directory.copy();
    const turns = new Turns();
    const page = await pageOf(copy.zone, query, turns);
    return await pageReply(copy.zone.revision, page, turns);
  }

  async get(request: HttpRequest): Promise<HttpReply> {
    const record = this.#existing(request);
    const shown = () => json(200, shownService(record, this.#directory.zone));
    return await unlessKnown(request, record.revision, shown);
  }

  async post(request: HttpRequest): Promise<HttpReply> {
    const { name: told, ...fields } = bodyFields(request);
    if (typeof told !== 'string') throw invalid([{ field: 'name', detail: 'must be a string' }]);
    const name = this.#directory.served(told);
    const wanted = wantedService(fields);
    if (this.#directory.find(name) !== undefined) {
      throw new HttpError(409, 'SERVICE_EXISTS', `there is a service ${name} already`);
    }
    return this.#write(request, name, wanted, { present: undefined });
  }

  async put(request: HttpRequest): Promise<HttpReply> {
    const name = this.#directory.served(request.params.name ?? '');
    const present = this.#directory.find(name);
    return this.#write(request, name, wantedService(bodyFields(request)), { present });
  }

  async patch(request: HttpRequest): Promise<HttpReply> {
    const present = this.#existing(request);
    const { leaseTtl, service } = present;
    const wanted = wantedService({ ...service, leaseTtl, ...bodyFields(request) });
    return this.#write(request, present.name, wanted, { present, kept: service.callsign });
  }

  async delete(request: HttpRequest): Promise<HttpReply> {
    const present = this.#existing(request);
    refuseOwned(present);
    checkPreconditions(request, present.revision);
    await settled(request, present, this.#directory.write(present.name, undefined, present));
    return { status: 204 };
  }

  /** Its lease begins anew; nothing is written, so its revision stays. */
  async heartbeat(request: HttpRequest): Promise<HttpReply> {
    const present = this.#existing(request);
    refuseOwned(present);
    const lease = leaseOf(present);
    if (lease === undefined) {
      throw new HttpError(409, 'SERVICE_UNLEASED', `${present.name} has no lease to keep`);
    }
    try {
      await this.#directory.leases.renew(lease);
    } catch (error) {
      throw error instanceof LeaseLostError ? missing(present.name) : error;
    }
    return { status: 204 };
  }

  async #write(
    request: HttpRequest,
    name: OwnerName,
    wanted: WantedService,
    target: Target,
  ): Promise<HttpReply> {
    const { present } = target;
    refuseOwned(present);
    checkPreconditions(request, present?.revision);
    const lease = await this.#grant(wanted);
    const service = { ...wanted.service, callsign: this.#provenance(target, lease) };
    const write = this.#directory.write(name, encodeService(service), present, lease);
    const revision = await settled(request, present, write);
    const written = { name, revision, service, leaseTtl: lease?.ttl };
    const shown = shownService(written, this.#directory.zone);
    const etag = etagOf(revision);
    if (present !== undefined) return json(200, shown, { etag });
    return json(201, shown, { etag, location: `/v1/services/${encodeURIComponent(name)}` });
  }

  async #grant({ leaseTtl }: WantedService): Promise<GrantedLease | undefined> {
    return leaseTtl === undefined ? undefined : await this.#directory.leases.grant(leaseTtl);
  }

  /** A lease that the service had before has ended for it. */
  #provenance({ present, kept = {} }: Target, lease: GrantedLease | undefined): Provenance {
    const since = present?.service.callsign?.since ?? new Date(this.#clock.now()).toISOString();
    const { lease: _ended, ...others } = kept;
    return { source: 'rest', since, ...others, ...(lease && { lease: lease.id }) };
  }

  #existing(request: HttpRequest): ZoneRecord {
    const name = this.#directory.served(request.params.name ?? '');
    const record = this.#directory.find(name);
    if (record === undefined) throw missing(name);
    return record;
  }
}

function leaseOf({ service, leaseTtl }: ZoneRecord): string | undefined {
  const lease = service.callsign?.lease;
  return leaseTtl !== undefined && typeof lease === 'string' ? lease : undefined;
}

/** A registrar would put its record back at its next reconcile: it is changed where it is made. */
function refuseOwned(record: ZoneRecord | undefined): void {
  const owner = record?.service.callsign?.owner;
  if (record === undefined || owner === undefined) return;
  throw new HttpError(409, 'SERVICE_OWNED', `${record.name} is kept by the registrar of ${owner}`);
}

function missing(name: OwnerName): HttpError {
  return new HttpError(404, 'NO_SUCH_SERVICE', `there is no service ${name}`);
}

/** Who lost a race is told so in the words of the request: 412 for one that had conditions, 409 for another. */
async function settled<T>(
  request: HttpRequest,
  present: ZoneRecord | undefined,
  write: Promise<T>,
): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    if (isConditional(request)) throw preconditionFailed(present?.revision);
    throw new HttpError(
      409,
      'SERVICE_CHANGED',
      'somebody else has changed this service meanwhile; read it again',
    );
  }
}
