import { ConflictError, hostKind, isWithin, NameError, ownerName, StoreCallError } from '@callsign/catalog';
import { HttpError, type HttpReply, type HttpRequest, type Route } from '@callsign/daemon';
import type { Directory } from './directory.ts';
import { type DnsdockService, type Dock, docksOf, isListOfTexts, recordsFor } from './dnsdock-record.ts';

/**
 * dnsdock's API. Status codes, field order and the plain text of errors are those of dnsdock
 * (internal/servers/http.go), which answers nearly everything that it does not like with 500.
 *
 *     GET                   /services
 *     GET PUT PATCH DELETE  /services/ID    an id of 64 hex digits may be cut down to 4
 *     PUT                   /set/ttl        the TTL of what has none of its own, until this nameserver ends
 */
export function dnsdockRoutes(directory: Directory): readonly Route[] {
  const api = new DnsdockApi(directory);
  const path = '/services/:id';
  const routes: Route[] = [
    { method: 'GET', path: '/services', handle: () => api.list() },
    { method: 'GET', path, handle: (request) => api.get(request) },
    { method: 'PUT', path, handle: (request) => api.put(request) },
    { method: 'PATCH', path, handle: (request) => api.patch(request) },
    { method: 'DELETE', path, handle: (request) => api.delete(request) },
    { method: 'PUT', path: '/set/ttl', handle: (request) => api.setTtl(request) },
  ];
  return routes.map((route) => ({ ...route, handle: (request) => plainly(() => route.handle(request)) }));
}

const WHOLE_ID = /^[0-9a-f]{64}$/;
const CUT_ID = /^[0-9a-f]{4,63}$/;
const MOST_TTL = 2 ** 31 - 1;
const NO_TTL = -1;

class DnsdockApi {
  readonly #directory: Directory;

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  list(): HttpReply {
    const services = [...this.#docks()].map(([id, { service }]) => [id, service]);
    return shown(Object.fromEntries(services));
  }

  get(request: HttpRequest): HttpReply {
    return shown(this.#existing(request, 404).service);
  }

  async put(request: HttpRequest): Promise<HttpReply> {
    const id = request.params.id ?? '';
    const service = wanted(fieldsOf(request.body));
    return this.#write(id, service, this.#docks().get(id));
  }

  /** Its name, image and TTL; whatever else the body has is ignored, and so is what has the wrong type. */
  async patch(request: HttpRequest): Promise<HttpReply> {
    const present = this.#existing(request, 400);
    const { name, image, ttl } = objectOf(request.body);
    const changed = {
      ...present.service,
      ...(typeof name === 'string' && { Name: name }),
      ...(typeof image === 'string' && { Image: image }),
      ...(typeof ttl === 'number' && { TTL: ttlOf(Math.trunc(ttl)) }),
    };
    return this.#write(present.id, changed, present);
  }

  async delete(request: HttpRequest): Promise<HttpReply> {
    const present = this.#existing(request, 400);
    refuseOwned(present);
    await this.#directory.replace(present.records, new Map());
    return plain(200, '');
  }

  async setTtl(request: HttpRequest): Promise<HttpReply> {
    const ttl: unknown = JSON.parse(request.body);
    if (!Number.isInteger(ttl) || (ttl as number) < 0)
      throw new RangeError('a TTL is a whole number of seconds');
    await this.#directory.useTtl(ttlOf(ttl as number));
    return plain(200, '');
  }

  async #write(id: string, service: DnsdockService, present: Dock | undefined): Promise<HttpReply> {
    if (present !== undefined) refuseOwned(present);
    const { domains } = this.#directory.zone.options;
    const outside = (service.Aliases ?? []).find(
      (alias) => !domains.some((domain) => isWithin(ownerName(alias), domain)),
    );
    if (outside !== undefined)
      throw new RangeError(`the alias ${outside} is in none of the domains served here`);
    await this.#directory.replace(present?.records ?? [], recordsFor(id, service, domains[0] ?? ''));
    return plain(200, '');
  }

  #docks(): ReadonlyMap<string, Dock> {
    return docksOf(this.#directory.zone.records());
  }

  #existing({ params: { id = '' } }: HttpRequest, otherwise: 400 | 404): Dock {
    const docks = this.#docks();
    const whole =
      docks.has(id) || !CUT_ID.test(id) ? id : [...docks.keys()].find((each) => isCutTo(each, id));
    const found = docks.get(whole ?? id);
    if (found === undefined) throw new HttpError(otherwise, 'DNSDOCK', `No such service: ${id}`);
    return found;
  }
}

function isCutTo(whole: string, id: string): boolean {
  return WHOLE_ID.test(whole) && whole.startsWith(id);
}

function refuseOwned({ id, owner }: Dock): void {
  if (owner === undefined) return;
  throw new HttpError(409, 'DNSDOCK', `${id} is kept by the registrar of ${owner}`);
}

/** What is wrong with a request, and not with us. */
const REFUSALS = [SyntaxError, TypeError, RangeError, NameError, StoreCallError];

/** @throws {TypeError} for what dnsdock would not take either */
function wanted(fields: ReadonlyMap<string, unknown>): DnsdockService {
  return {
    Name: required('name', fields.get('name')),
    Image: required('image', fields.get('image')),
    IPs: addressesOf(fields.get('ips')),
    TTL: ttlOf(fields.get('ttl') ?? NO_TTL),
    Aliases: aliasesOf(fields.get('aliases') ?? null),
  };
}

function required(field: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new TypeError(`Property "${field}" is required`);
}

function addressesOf(ips: unknown): readonly string[] {
  if (!isListOfTexts(ips) || ips.length === 0) throw new TypeError('Property "ips" is required');
  const wrong = ips.find((ip) => !['ipv4', 'ipv6'].includes(hostKind(ip)));
  if (wrong !== undefined) throw new TypeError(`invalid IP address: ${wrong}`);
  return ips;
}

function ttlOf(ttl: unknown): number {
  if (Number.isInteger(ttl)) return Math.min(Math.max(ttl as number, NO_TTL), MOST_TTL);
  throw new TypeError('Property "ttl" is a whole number');
}

function aliasesOf(aliases: unknown): readonly string[] | null {
  if (aliases === null || isListOfTexts(aliases)) return aliases;
  throw new TypeError('Property "aliases" is a list of names');
}

/** Names whatever their case, as Go's decoder has it. */
function fieldsOf(body: string): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(objectOf(body)).map(([name, value]) => [name.toLowerCase(), value]));
}

/** @throws {SyntaxError} or {TypeError} when it is none */
function objectOf(body: string): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(body);
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  throw new TypeError('the body is no JSON object');
}

function shown(value: object): HttpReply {
  const headers = { 'content-type': 'application/json; charset=UTF-8' };
  return { status: 200, headers, body: `${JSON.stringify(value)}\n` };
}

function plain(status: number, body: string): HttpReply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

async function plainly(handle: () => HttpReply | Promise<HttpReply>): Promise<HttpReply> {
  try {
    return await handle();
  } catch (error) {
    if (error instanceof ConflictError)
      return plain(409, 'The service was changed by somebody else meanwhile\n');
    if (error instanceof HttpError) return plain(error.status, `${error.message}\n`);
    if (REFUSALS.some((kind) => error instanceof kind)) return plain(500, `${(error as Error).message}\n`);
    throw error;
  }
}
