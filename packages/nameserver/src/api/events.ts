import {
  type Batch,
  type Change,
  CompactedError,
  type Key,
  nameOfKey,
  TICK,
  withTicks,
} from '@callsign/catalog';
import type { HttpReply, HttpRequest, Route } from '@callsign/daemon';
import { Turns } from '../turns.ts';
import { zoneRecord } from '../zone/record.ts';
import type { Zone } from '../zone/zone.ts';
import type { Directory } from './directory.ts';
import { everyShown } from './listed.ts';
import { Parameters } from './parameters.ts';
import { eventStream, KEEP_ALIVE, type SentEvent, sentEvent } from './sent-events.ts';
import { shownService } from './shown-service.ts';

export interface EventRoutesOptions {
  /** After how much silence a comment shows that the stream is alive, in milliseconds. */
  readonly keepAliveMs?: number;
}

/**
 * `GET /v1/events`: every change of a service, as server-sent events.
 *
 *     id: 17
 *     event: put        the service as `/v1/services` shows it
 *     event: delete     {"name": …}
 *     event: reset      {"revision": …}: forget everything; what there is follows as puts
 *
 * Who names the revision that it has seen, in `Last-Event-ID` or as `?after=`, gets everything after it; where the store
 * has forgotten that, a reset. Who names none gets what happens from now on.
 */
export function eventRoutes(
  directory: Directory,
  { keepAliveMs = 15_000 }: EventRoutesOptions = {},
): Route[] {
  const handle = async (request: HttpRequest): Promise<HttpReply> => {
    const told = seenRevision(request);
    const after = told ?? directory.zone.revision;
    // A revision that the store never comes to is one of another store, whose changes mean nothing here.
    const known = await directory.reached(after);
    return eventStream(eventsOf({ directory, known, after, keepAliveMs, signal: request.signal }));
  };
  return [{ method: 'GET', path: '/v1/events', handle }];
}

const KNOWN = new Set(['after']);

interface Listening {
  readonly directory: Directory;
  readonly after: number;
  readonly keepAliveMs: number;
  readonly signal: AbortSignal;
}

/** A zone that is put in the place of this one may be another store's. */
interface Following extends Listening {
  readonly zone: Zone;
}

async function* eventsOf({ known, ...following }: Listening & { readonly known: boolean }) {
  const { directory } = following;
  let { after } = following;
  yield known ? sentEvent({ id: after }) : KEEP_ALIVE;
  for (let whole = !known; ; whole = true) {
    const { zone } = directory;
    if (whole) {
      const { revision, events } = await everything(directory);
      after = revision;
      yield* sent(events, after);
    }
    try {
      return yield* changesAfter({ ...following, after, zone });
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      // The zone may show what the store has forgotten already: it will catch up.
      yield* untilMoved({ ...following, after, zone });
    }
  }
}

/** @throws {CompactedError} when the store has forgotten what comes next, or the zone is another */
async function* changesAfter({
  directory,
  zone,
  after,
  keepAliveMs,
  signal,
}: Following): AsyncGenerator<string, void> {
  for await (const batch of withTicks(directory.watch(after, signal), keepAliveMs)) {
    if (directory.zone !== zone) throw new CompactedError(after);
    if (batch === TICK) yield KEEP_ALIVE;
    else yield* sent(changesOf(batch, zone), batch.revision);
  }
}

async function* untilMoved({ directory, zone, after, keepAliveMs, signal }: Following) {
  const moved = () =>
    directory.moved(zone, after, AbortSignal.any([signal, AbortSignal.timeout(keepAliveMs)]));
  while (!(await moved()) && !signal.aborted) yield KEEP_ALIVE;
}

/** The last of them carries the revision: whoever is cut off in between begins again where it was whole. */
function* sent(events: readonly SentEvent[], revision: number): Generator<string> {
  const last = events.length - 1;
  if (last < 0) yield sentEvent({ id: revision });
  for (const [at, event] of events.entries())
    yield sentEvent(at === last ? { id: revision, ...event } : event);
}

async function everything(directory: Directory): Promise<{ revision: number; events: SentEvent[] }> {
  using copy = directory.copy();
  const { revision } = copy.zone;
  const shown = await everyShown(copy.zone, new Turns());
  const puts = shown.map((data) => ({ event: 'put', data }));
  return { revision, events: [{ event: 'reset', data: { revision } }, ...puts] };
}

function changesOf({ changes }: Batch, zone: Zone): SentEvent[] {
  return changes.filter((change) => zone.serves(keyOf(change))).flatMap((change) => changeOf(change, zone));
}

/** A value that cannot be served is left out of the zone, and so it is gone here; a key that is no name never was. */
function changeOf(change: Change, zone: Zone): SentEvent[] {
  const key = keyOf(change);
  try {
    const name = nameOfKey(key);
    return [servedOf(change, zone) ?? { event: 'delete', data: { name } }];
  } catch {
    return [];
  }
}

function servedOf(change: Change, zone: Zone): SentEvent | undefined {
  if (change.kind === 'delete') return undefined;
  try {
    return { event: 'put', data: shownService(zoneRecord(change.entry, zone.options.ttl), zone) };
  } catch {
    return undefined;
  }
}

function keyOf(change: Change): Key {
  return change.kind === 'put' ? change.entry.key : change.key;
}

/** @throws {HttpError} 400 when it is no revision */
function seenRevision({ headers, query }: HttpRequest): number | undefined {
  const asked = new URLSearchParams(query);
  const told = headers['last-event-id'];
  if (told !== undefined) asked.set('after', told);
  const parameters = new Parameters(asked);
  const seen = parameters.read('after', revisionOf);
  parameters.refuseUnknown(KNOWN);
  parameters.check();
  return seen;
}

function revisionOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Error(`"${text}" is no revision`);
}
