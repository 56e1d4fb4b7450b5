/**
 * Which bucket of a histogram a value belongs to; the one behind the last is for values above all bounds.
 * @param bounds the most that each bucket takes, rising
 */
export function bucketOf(value: number, bounds: readonly number[]): number {
  let bucket = 0;
  while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
  return bucket;
}
