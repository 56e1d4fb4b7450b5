import type { Store, Write } from '@callsign/catalog';
import { paced } from './pace.ts';
import { type Asking, runSteady, type Steady } from './steady.ts';

/** So many a second. */
export const CHANGES = 5_000;
const A_COMMIT = 100;
const IN_FLIGHT = 16;
/** Records that change again and again. */
const CHANGING = 10_000;

/** One run with changes: how long answers took, how many changes there were, and the store's revision after them. */
export interface Changed {
  readonly steady: Steady;
  readonly perSecond: number;
  readonly revision: number;
}

/** Asks at a fixed rate while a store changes. */
export async function askWhileChanging(asking: Asking, store: Store): Promise<Changed> {
  const asked = new AbortController();
  let revision = 0;
  const commits = paced(CHANGES / A_COMMIT, IN_FLIGHT, asked.signal, async (turn) => {
    revision = Math.max(revision, await store.commit(batch(turn)));
  });
  const steady = await runSteady(asking);
  asked.abort();
  const { done, seconds } = await commits;
  return { steady, perSecond: (done * A_COMMIT) / seconds, revision };
}

/** Other records than those that are asked for, each with a new address. */
function batch(turn: number): Write[] {
  return Array.from({ length: A_COMMIT }, (_, at) => ({
    kind: 'put',
    key: `docker/dev/changing${(turn * A_COMMIT + at) % CHANGING}`,
    value: JSON.stringify({ host: `10.${(turn >> 16) & 255}.${(turn >> 8) & 255}.${turn & 255}`, ttl: 30 }),
  }));
}
