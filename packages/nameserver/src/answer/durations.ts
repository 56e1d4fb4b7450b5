/** CoreDNS's shortest, in milliseconds, and four times halved: most of our answers are far below it. */
const SHORTEST = 0.25 / 2 ** 4;
/** As CoreDNS's from there on, each twice the one before: 8 s at the end. */
const BOUNDS = 20;

/** The upper bounds of the histogram of answers, in seconds. */
export const DURATION_BUCKETS: readonly number[] = Array.from(
  { length: BOUNDS },
  (_, at) => (SHORTEST * 2 ** at) / 1_000,
);

/** Which of the buckets a duration in milliseconds belongs to; the one behind the last is for those above all bounds. */
export function durationBucket(ms: number): number {
  const shortest = Math.ceil(ms / SHORTEST);
  // The smallest power of two that is not below it.
  return shortest <= 1 ? 0 : Math.min(BOUNDS, 32 - Math.clz32(shortest - 1));
}
