import type { Status } from './service.ts';

/** What went on between two statuses. */
export interface Sample {
  readonly queriesPerSecond: number;
  /** Replies a second by rcode. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Of the questions for others, how many the cache answered, 0 to 1; absent when there were none. */
  readonly cacheHits?: number;
}

/** The last status, and the samples up to it, the oldest first. */
export interface Traffic {
  readonly last?: Reading;
  readonly samples: readonly Sample[];
}

interface Reading {
  readonly status: Status;
  /** Milliseconds that never jump. */
  readonly at: number;
}

export const QUIET: Traffic = { samples: [] };
/** How many samples a chart has room for. */
export const KEPT = 120;

/** A nameserver that was started anew counts from 0: nothing is said of what was between. */
export function sampled({ last, samples }: Traffic, status: Status, at: number): Traffic {
  const now: Reading = { status, at };
  if (last === undefined || status.uptimeSeconds < last.status.uptimeSeconds) return { last: now, samples };
  return { last: now, samples: [...samples, between(last, now)].slice(-KEPT) };
}

function between(before: Reading, now: Reading): Sample {
  const seconds = Math.max(now.at - before.at, 1) / 1000;
  const { queries: then, cache: had } = before.status;
  const { queries, cache } = now.status;
  const hits = cache.hits - had.hits;
  const asked = hits + cache.misses - had.misses;
  return {
    queriesPerSecond: Math.max(queries.total - then.total, 0) / seconds,
    outcomes: rates(then.byRcode, queries.byRcode, seconds),
    ...(asked > 0 && { cacheHits: hits / asked }),
  };
}

type Counts = Readonly<Record<string, number>>;

function rates(before: Counts, now: Counts, seconds: number): Counts {
  const risen = Object.entries(now).map(([name, count]) => [name, (count - (before[name] ?? 0)) / seconds]);
  return Object.fromEntries(risen.filter(([, rate]) => (rate as number) > 0));
}
