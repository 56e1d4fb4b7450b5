import {
  type Batch,
  type CommitOptions,
  CompactedError,
  ConflictError,
  LeaseLostError,
  MAX_LEASE,
  MAX_WRITES,
  nameOfKey,
  type Store,
  StoreCallError,
  StoreRefusedError,
  TICK,
  type Write,
  withTicks,
} from '@callsign/catalog';
import {
  describe,
  type FieldProblem,
  HttpError,
  type HttpReply,
  type HttpRequest,
  json,
  jsonBody,
  type Route,
} from '@callsign/daemon';
import { eventStream, KEEP_ALIVE, sentEvent } from './sent-events.ts';

export interface StoreRoutesOptions {
  /** How often a watch without changes shows that it is alive, in milliseconds. */
  readonly heartbeatMs?: number;
}

/** The largest value taken, in bytes. */
const MAX_VALUE = 64 << 10;

/**
 * The store as other machines' registrars and nameservers use it (catalog's HttpStore). It keeps nothing of its own: a
 * lease is the store's, and ends there when its client stops renewing it, whether we live or not.
 */
export function storeRoutes(store: Store, { heartbeatMs = 5_000 }: StoreRoutesOptions = {}): Route[] {
  const route = (method: Route['method'], path: string, handle: Route['handle']): Route => ({
    method,
    path,
    handle: (request) => answered(() => handle(request)),
  });
  return [
    route('GET', '/v1/store/entries', (request) => list(store, request)),
    route('GET', '/v1/store/changes', (request) => watch(store, request, heartbeatMs)),
    route('POST', '/v1/store/commits', (request) => commit(store, request)),
    route('POST', '/v1/store/leases', (request) => grant(store, request)),
    route('POST', '/v1/store/leases/:id/renewals', (request) => renew(store, request)),
    route('DELETE', '/v1/store/leases/:id', (request) => revoke(store, request)),
  ];
}

async function list(store: Store, { query, signal }: HttpRequest): Promise<HttpReply> {
  return json(200, await store.list(query.get('prefix') ?? '', signal));
}

function watch(store: Store, { query, signal }: HttpRequest, heartbeatMs: number): HttpReply {
  const after = query.get('after') ?? '';
  if (!/^\d{1,15}$/.test(after)) throw invalid([{ field: 'after', detail: 'must be a revision' }]);
  const batches = store.watch(query.get('prefix') ?? '', Number(after), signal);
  return eventStream(events(batches, heartbeatMs));
}

/** Server-sent events: one for each batch, a comment when there was none for a while. */
async function* events(batches: AsyncIterable<Batch>, heartbeatMs: number): AsyncGenerator<string> {
  yield KEEP_ALIVE;
  try {
    for await (const batch of withTicks(batches, heartbeatMs)) {
      yield batch === TICK ? KEEP_ALIVE : sentEvent({ id: batch.revision, data: batch });
    }
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
    yield sentEvent({ event: 'compacted', data: { detail: error.message } });
  }
}

async function commit(store: Store, request: HttpRequest): Promise<HttpReply> {
  const { writes, options } = commitOf(jsonBody(request));
  return json(200, { revision: await store.commit(writes, options) });
}

async function grant(store: Store, request: HttpRequest): Promise<HttpReply> {
  const { ttl } = objectOf(jsonBody(request));
  if (!isWhole(ttl, 1, MAX_LEASE)) {
    throw invalid([{ field: 'ttl', detail: `must be a whole number from 1 to ${MAX_LEASE}` }]);
  }
  const lease = await store.leases.grant(ttl);
  return json(201, lease, { location: `/v1/store/leases/${lease.id}` });
}

async function renew(store: Store, request: HttpRequest): Promise<HttpReply> {
  await store.leases.renew(request.params.id ?? '');
  return { status: 204 };
}

async function revoke(store: Store, request: HttpRequest): Promise<HttpReply> {
  await store.leases.revoke(request.params.id ?? '');
  return { status: 204 };
}

/** Translates what the store throws into what a client can tell apart. */
async function answered(handle: () => HttpReply | Promise<HttpReply>): Promise<HttpReply> {
  try {
    return await handle();
  } catch (error) {
    throw refusal(error);
  }
}

function refusal(error: unknown): unknown {
  if (error instanceof LeaseLostError) return new HttpError(404, error.code, error.message);
  if (error instanceof ConflictError) return new HttpError(409, error.code, error.message);
  if (error instanceof StoreCallError) return new HttpError(400, error.code, error.message);
  if (error instanceof StoreRefusedError) return new HttpError(502, error.code, describe(error));
  return error;
}

/** @throws {HttpError} 400 naming every field that is wrong */
function commitOf(body: unknown): { readonly writes: readonly Write[]; readonly options: CommitOptions } {
  const { writes, lease, expect = [] } = objectOf(body);
  const problems = [...writesProblems(writes), ...leaseProblems(lease), ...expectProblems(expect)];
  if (problems.length > 0) throw invalid(problems);
  const expected = expect as NonNullable<CommitOptions['expect']>;
  const bound = lease === undefined ? {} : { lease: { id: lease as string } };
  return { writes: writes as Write[], options: { ...bound, expect: expected } };
}

function* writesProblems(writes: unknown): Generator<FieldProblem> {
  if (!Array.isArray(writes) || writes.length > MAX_WRITES) {
    yield { field: 'writes', detail: `must be a list of at most ${MAX_WRITES}` };
    return;
  }
  for (const [at, write] of writes.entries()) yield* writeProblems(`writes[${at}]`, objectOf(write));
}

function* writeProblems(at: string, { kind, key, value }: Fields): Generator<FieldProblem> {
  if (kind !== 'put' && kind !== 'delete') yield { field: `${at}.kind`, detail: 'must be put or delete' };
  yield* keyProblems(`${at}.key`, key);
  if (kind !== 'put') return;
  if (typeof value !== 'string') yield { field: `${at}.value`, detail: 'must be a string' };
  else if (Buffer.byteLength(value) > MAX_VALUE) {
    yield { field: `${at}.value`, detail: `must have at most ${MAX_VALUE} bytes` };
  }
}

function* keyProblems(field: string, key: unknown): Generator<FieldProblem> {
  try {
    if (typeof key === 'string') nameOfKey(key);
    else yield { field, detail: 'must be a string' };
  } catch (error) {
    yield { field, detail: `is the key of no name: ${describe(error)}` };
  }
}

function* leaseProblems(lease: unknown): Generator<FieldProblem> {
  if (lease === undefined || (typeof lease === 'string' && /^\w{1,64}$/.test(lease))) return;
  yield { field: 'lease', detail: 'must be the id of a lease' };
}

function* expectProblems(expect: unknown): Generator<FieldProblem> {
  if (!Array.isArray(expect) || expect.length > MAX_WRITES) {
    yield { field: 'expect', detail: `must be a list of at most ${MAX_WRITES}` };
    return;
  }
  for (const [at, { key, revision }] of expect.map(objectOf).entries()) {
    yield* keyProblems(`expect[${at}].key`, key);
    if (!isWhole(revision, 0, Number.MAX_SAFE_INTEGER)) {
      yield { field: `expect[${at}].revision`, detail: 'must be a revision' };
    }
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object; none when it is none, so that each is missed by its name. */
function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function invalid(problems: readonly FieldProblem[]): HttpError {
  return new HttpError(
    400,
    'BODY_INVALID',
    problems.map(({ field, detail }) => `${field} ${detail}`).join('; '),
    { problems },
  );
}
