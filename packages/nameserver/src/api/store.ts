import {
  type Batch,
  CompactedError,
  ConflictError,
  LeaseLostError,
  type Store,
  StoreCallError,
  StoreRefusedError,
  TICK,
  withTicks,
} from '@callsign/catalog';
import {
  describe,
  HttpError,
  type HttpReply,
  type HttpRequest,
  json,
  jsonBody,
  type Route,
} from '@callsign/daemon';
import { eventStream, KEEP_ALIVE, sentEvent } from './sent-events.ts';
import { invalid, wantedCommit, wantedTtl } from './store-body.ts';

export interface StoreRoutesOptions {
  /** How often a watch without changes shows that it is alive, in milliseconds. */
  readonly heartbeatMs?: number;
}

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
  const { writes, options } = wantedCommit(jsonBody(request));
  return json(200, { revision: await store.commit(writes, options) });
}

async function grant(store: Store, request: HttpRequest): Promise<HttpReply> {
  const lease = await store.leases.grant(wantedTtl(jsonBody(request)));
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
