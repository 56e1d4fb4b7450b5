import { CompactedError, StoreUnavailableError } from '../store.ts';
import { TICK, withTicks } from '../ticks.ts';
import type { KeyRange, WatchEvent, WatchResponse, WatchStream } from './protocol.ts';

export interface SessionOptions {
  readonly range: KeyRange;
  /** The last revision that was delivered. */
  readonly after: number;
  /** How long nothing may come before etcd is asked for a sign of life, in milliseconds. */
  readonly probeMs: number;
  /** Told of etcd's revision once it watches. */
  readonly opened: (revision: number) => Promise<void>;
}

/** What etcd tells of one revision. */
export interface Revision {
  readonly revision: number;
  readonly events: readonly WatchEvent[];
}

/** Questions for a sign of life that may go unanswered: then the connection is dead, whatever the kernel says. */
const UNANSWERED = 2;

/**
 * One watch on one stream, revision by revision, each whole. It ends with an error, and nothing of it is ever
 * resumed: the caller opens another after the last revision that it got.
 * @throws {CompactedError} @throws {WatchCanceledError} @throws {StoreUnavailableError}
 */
export async function* watchSession(stream: WatchStream, options: SessionOptions): AsyncGenerator<Revision> {
  const { range, after, probeMs, opened } = options;
  const held: WatchEvent[] = [];
  let unanswered = 0;
  stream.write({ create_request: { ...range, start_revision: after + 1, fragment: true } });
  try {
    for await (const response of withTicks(stream, probeMs)) {
      if (response === TICK) {
        if (unanswered === UNANSWERED) throw silentError((UNANSWERED + 1) * probeMs);
        unanswered += 1;
        stream.write({ progress_request: {} });
        continue;
      }
      unanswered = 0;
      checkGoesOn(response, after);
      if (response.created) await opened(Number(response.header.revision));
      for (const event of response.events) held.push(event);
      if (!response.fragment) yield* byRevision(held.splice(0));
    }
    throw new StoreUnavailableError('etcd ended the watch');
  } finally {
    stream.cancel();
  }
}

/** etcd puts many revisions into one response, but never part of one unless it says `fragment`. */
function byRevision(events: readonly WatchEvent[]): Revision[] {
  const groups = Map.groupBy(events, ({ kv }) => Number(kv.mod_revision));
  return [...groups].map(([revision, group]) => ({ revision, events: group }));
}

/** etcd ended a watch for another reason than compaction: no permission, no leader. */
export class WatchCanceledError extends StoreUnavailableError {}

function checkGoesOn({ canceled, compact_revision, cancel_reason }: WatchResponse, after: number): void {
  if (compact_revision !== '0') throw new CompactedError(after);
  if (canceled)
    throw new WatchCanceledError(`etcd canceled the watch: ${cancel_reason || 'no reason given'}`);
}

function silentError(ms: number): StoreUnavailableError {
  return new StoreUnavailableError(`etcd was silent for ${ms} ms`);
}
