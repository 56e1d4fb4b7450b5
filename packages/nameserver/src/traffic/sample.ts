import { DURATION_BUCKETS } from '../answer/durations.ts';

/** What had been counted at some time; everything in it only rises. */
export interface Reading {
  /** Milliseconds that never jump. */
  readonly at: number;
  readonly queries: number;
  readonly byRcode: Readonly<Record<string, number>>;
  /** Of the answers of upstreams. */
  readonly cache: { readonly hits: number; readonly misses: number };
  /** How many replies took how long, by `DURATION_BUCKETS`, and the seconds of all of them. */
  readonly durations: { readonly counts: readonly number[]; readonly sum: number };
}

/** What went on between two readings. What nobody asked for has no share and no duration. */
export interface Sample {
  /** Its end, in milliseconds since 1970. */
  readonly at: number;
  readonly queriesPerSecond: number;
  /** Replies a second by rcode. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Of the questions for names that are not ours, how many the cache answered, 0 to 1. */
  readonly cacheHits?: number;
  /** Milliseconds that replies took on average, those of upstreams included. */
  readonly meanMs?: number;
  /** Milliseconds within which 99 of 100 replies were made. */
  readonly p99Ms?: number;
}

export function sampleOf(before: Reading, now: Reading, at: number): Sample {
  const seconds = (now.at - before.at) / 1_000;
  const hits = now.cache.hits - before.cache.hits;
  const asked = hits + now.cache.misses - before.cache.misses;
  return {
    at,
    queriesPerSecond: (now.queries - before.queries) / seconds,
    outcomes: rates(before.byRcode, now.byRcode, seconds),
    ...(asked > 0 && { cacheHits: hits / asked }),
    ...durationsOf(before.durations, now.durations),
  };
}

type Counts = Readonly<Record<string, number>>;

function rates(before: Counts, now: Counts, seconds: number): Counts {
  const risen = Object.entries(now).map(
    ([name, count]) => [name, (count - (before[name] ?? 0)) / seconds] as const,
  );
  return Object.fromEntries(risen.filter(([, rate]) => rate > 0));
}

function durationsOf(
  before: Reading['durations'],
  now: Reading['durations'],
): Pick<Sample, 'meanMs' | 'p99Ms'> {
  const counts = now.counts.map((count, at) => count - (before.counts[at] ?? 0));
  const replies = counts.reduce((sum, count) => sum + count, 0);
  if (replies === 0) return {};
  return {
    meanMs: ((now.sum - before.sum) * 1_000) / replies,
    p99Ms: quantile(counts, replies * 0.99) * 1_000,
  };
}

/** Seconds within which so many replies were made: as if those of one bucket were spread evenly over it. */
function quantile(counts: readonly number[], wanted: number): number {
  let below = 0;
  for (const [at, bound] of DURATION_BUCKETS.entries()) {
    const count = counts[at] as number;
    const from = DURATION_BUCKETS[at - 1] ?? 0;
    if (below + count >= wanted) return from + (bound - from) * ((wanted - below) / count);
    below += count;
  }
  return DURATION_BUCKETS.at(-1) as number;
}
