import { ConflictError, checkService, encodeService, type Service, ServiceError } from '@callsign/catalog';
import {
  type FieldProblem,
  HttpError,
  type HttpReply,
  type HttpRequest,
  json,
  jsonBody,
  type Route,
} from '@callsign/daemon';
import type { ZoneRecord } from '../zone/record.ts';
import { type Directory, invalid } from './directory.ts';

/** Fields of an answer that may come back in a body and mean nothing there. */
const READ_ONLY = new Set(['id', 'revision', 'callsign']);
const FIELDS = new Set(['host', 'port', 'priority', 'weight', 'text', 'mail', 'ttl', 'targetstrip', 'group']);

/**
 * `/v1/services`: a service is called by its name, so its name is its id.
 *
 *     GET    /v1/services       all of them, with the revision they were read at
 *     GET    /v1/services/NAME  one
 *     PUT    /v1/services/NAME  make or replace one
 *     PATCH  /v1/services/NAME  change some of its fields
 *     DELETE /v1/services/NAME  remove one
 */
export function serviceRoutes(directory: Directory): readonly Route[] {
  const api = new ServiceApi(directory);
  const path = '/v1/services/:id';
  return [
    { method: 'GET', path: '/v1/services', handle: () => api.list() },
    { method: 'GET', path, handle: (request) => api.get(request) },
    { method: 'PUT', path, handle: (request) => api.put(request) },
    { method: 'PATCH', path, handle: (request) => api.patch(request) },
    { method: 'DELETE', path, handle: (request) => api.delete(request) },
  ];
}

class ServiceApi {
  readonly #directory: Directory;

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  list(): HttpReply {
    const { zone } = this.#directory;
    return json(200, { revision: zone.revision, services: zone.records().map(shown) });
  }

  get(request: HttpRequest): HttpReply {
    return json(200, shown(this.#existing(request)));
  }

  async put(request: HttpRequest): Promise<HttpReply> {
    const name = this.#directory.served(request.params.id ?? '');
    const service = checked(bodyOf(request));
    const present = this.#directory.find(name);
    const { host } = service;
    if (host === '' && service.text === '') throw invalid([{ field: 'host', detail: 'or text is needed' }]);
    return this.#write(name, service, present);
  }

  async patch(request: HttpRequest): Promise<HttpReply> {
    const present = this.#existing(request);
    return this.#write(present.name, checked({ ...present.service, ...bodyOf(request) }), present);
  }

  async delete(request: HttpRequest): Promise<HttpReply> {
    const present = this.#existing(request);
    refuseOwned(present);
    await settled(this.#directory.write(present.name, undefined, present));
    return { status: 204 };
  }

  async #write(name: string, service: Service, present: ZoneRecord | undefined): Promise<HttpReply> {
    refuseOwned(present);
    const kept = { ...service, callsign: { source: 'rest' } };
    const revision = await settled(this.#directory.write(name, encodeService(kept), present));
    const status = present === undefined ? 201 : 200;
    return json(status, { id: idOf(name), revision, ...kept });
  }

  #existing(request: HttpRequest): ZoneRecord {
    const name = this.#directory.served(request.params.id ?? '');
    const record = this.#directory.find(name);
    if (record === undefined)
      throw new HttpError(404, 'NO_SUCH_SERVICE', `there is no service ${idOf(name)}`);
    return record;
  }
}

function shown({ name, service, revision }: ZoneRecord): object {
  return { id: idOf(name), revision, ...service };
}

function idOf(name: string): string {
  return name.slice(0, -1);
}

function bodyOf(request: HttpRequest): Readonly<Record<string, unknown>> {
  const body = jsonBody(request);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalid([{ field: 'body', detail: 'must be a JSON object' }]);
  }
  return Object.fromEntries(Object.entries(body).filter(([field]) => !READ_ONLY.has(field)));
}

/** Every problem is named: those that the record's own check finds, and fields that nobody knows. */
function checked(body: Readonly<Record<string, unknown>>): Service {
  const { callsign: _ours, ...fields } = body;
  const unknown = Object.keys(fields).filter((field) => !FIELDS.has(field));
  const problems: FieldProblem[] = unknown.map((field) => ({ field, detail: 'is not a field of a service' }));
  try {
    const service = checkService(fields);
    if (problems.length === 0) return service;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    problems.push(...error.problems);
  }
  throw invalid(problems);
}

/** A registrar would put its record back at its next reconcile: it is changed where it is made. */
function refuseOwned(record: ZoneRecord | undefined): void {
  const owner = record?.service.callsign?.owner;
  if (record === undefined || owner === undefined) return;
  throw new HttpError(409, 'SERVICE_OWNED', `${idOf(record.name)} is kept by the registrar of ${owner}`);
}

async function settled<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    throw new HttpError(
      409,
      'SERVICE_CHANGED',
      'somebody else has changed this service meanwhile; read it again',
    );
  }
}
