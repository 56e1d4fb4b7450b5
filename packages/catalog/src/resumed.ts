import { type Backoff, type Clock, DEFAULT_BACKOFF, waitAfter } from '@callsign/daemon';
import { type Batch, CompactedError, StoreClosedError, StoreRefusedError } from './store.ts';

/** One attempt at a watch after a revision. Calls `opened` when the store answers, and ends with an error. */
export type Attempt = (after: number, opened: () => void) => AsyncIterable<Batch>;

export interface ResumedOptions {
  readonly after: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly backoff?: Backoff;
}

/** How long an open attempt must last to have been a good one, in milliseconds. */
const LASTING = 1_000;

/**
 * A watch that outlives its connections: whenever an attempt breaks, the next begins after the last batch that was
 * delivered. Only what a new connection cannot cure ends it. A store that opens every watch and ends it at once is asked
 * less and less often.
 */
export async function* resumed(
  attempt: Attempt,
  { after, signal, clock, backoff = DEFAULT_BACKOFF }: ResumedOptions,
): AsyncGenerator<Batch, void, undefined> {
  let reached = after;
  let failures = 0;
  while (!signal.aborted) {
    const from = reached;
    let openedAt = Number.POSITIVE_INFINITY;
    const opened = () => {
      openedAt = Math.min(openedAt, clock.monotonic());
    };
    try {
      for await (const batch of attempt(reached, opened)) {
        reached = batch.revision;
        yield batch;
        if (signal.aborted) return;
      }
    } catch (error) {
      if (!signal.aborted && isFinal(error)) throw error;
    }
    if (reached > from || clock.monotonic() - openedAt >= LASTING) failures = 0;
    await clock.sleep(waitAfter(failures, backoff), signal).catch(() => undefined);
    failures += 1;
  }
}

function isFinal(error: unknown): boolean {
  return (
    error instanceof CompactedError || error instanceof StoreRefusedError || error instanceof StoreClosedError
  );
}
