import { isDeepStrictEqual } from 'node:util';
import { type Backoff, type Clock, DEFAULT_BACKOFF, waitAfter } from '@callsign/daemon';
import { Reach } from './reach.ts';
import {
  type Batch,
  CompactedError,
  StoreClosedError,
  StoreRefusedError,
  type WatchListener,
} from './store.ts';
import { TICK, withTicks } from './ticks.ts';

/** A batch as an attempt tells it, and what it is known by when another attempt tells it again. */
export interface Told {
  readonly batch: Batch;
  readonly mark: unknown;
}

/**
 * One attempt at a watch after a revision. Calls `opened` when the store answers, and ends with an error; when the signal
 * fires, nobody listens any more.
 */
export type Attempt = (after: number, opened: () => void, signal: AbortSignal) => AsyncIterable<Told>;

export interface ResumedOptions {
  readonly after: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly backoff?: Backoff;
  readonly listener?: WatchListener | undefined;
}

/** How long an open attempt must last to have been a good one, in milliseconds. */
const LASTING = 1_000;
/** How long a store that is open may take to tell a batch again, in milliseconds. */
const RECOGNITION = 5_000;

/**
 * A watch that outlives its connections. Whenever an attempt breaks, the next begins with the last batch that was
 * delivered: a store that was set up anew meanwhile may have come past that revision already, and does not tell the same
 * there. What cannot be recognised is listed again. A store that opens every watch and ends it at once is asked less and
 * less often.
 */
export async function* resumed(
  attempt: Attempt,
  { after, signal, clock, backoff = DEFAULT_BACKOFF, listener }: ResumedOptions,
): AsyncGenerator<Batch, void, undefined> {
  const reach = new Reach(clock, listener);
  let last: Told | undefined;
  for (let failures = 0; !signal.aborted; failures += 1) {
    const from = last;
    const over = new AbortController();
    let openedAt = Number.POSITIVE_INFINITY;
    const opened = () => {
      openedAt = Math.min(openedAt, clock.monotonic());
      reach.opened();
    };
    const ended = AbortSignal.any([signal, over.signal]);
    const told = from === undefined ? attempt(after, opened, ended) : continued(attempt, from, opened, ended);
    try {
      for await (last of told) {
        yield last.batch;
        if (signal.aborted) return;
      }
    } catch (error) {
      if (!signal.aborted && isFinal(error)) throw error;
      reach.broke(error);
    } finally {
      over.abort();
    }
    if (last !== from || clock.monotonic() - openedAt >= LASTING) failures = 0;
    await clock.sleep(waitAfter(failures, backoff), signal).catch(() => undefined);
    if (last === undefined && !signal.aborted) throw new CompactedError(after);
  }
}

/** What comes after a batch in a store that tells that one again. @throws {CompactedError} in another one */
async function* continued(
  attempt: Attempt,
  { batch, mark }: Told,
  opened: () => void,
  signal: AbortSignal,
): AsyncGenerator<Told> {
  let isOpen = false;
  let isRecognised = false;
  const open = () => {
    isOpen = true;
    opened();
  };
  for await (const told of withTicks(attempt(batch.revision - 1, open, signal), RECOGNITION)) {
    if (told === TICK) {
      if (isOpen && !isRecognised) throw new CompactedError(batch.revision);
    } else if (isRecognised) yield told;
    else if (isDeepStrictEqual(told.mark, mark)) isRecognised = true;
    else throw new CompactedError(batch.revision);
  }
}

function isFinal(error: unknown): boolean {
  return (
    error instanceof CompactedError || error instanceof StoreRefusedError || error instanceof StoreClosedError
  );
}
