import type { Turns } from '../turns.ts';

/** As many as are sorted at once. */
const RUN = 1_000;

type Compare<T> = (a: T, b: T) => number;

/** A merge sort that lets others have their turn. */
export async function sorted<T>(items: readonly T[], compare: Compare<T>, turns: Turns): Promise<T[]> {
  if (items.length <= RUN) return items.toSorted(compare);
  const middle = items.length >> 1;
  const first = await sorted(items.slice(0, middle), compare, turns);
  const second = await sorted(items.slice(middle), compare, turns);
  return await merged(first, second, compare, turns);
}

async function merged<T>(
  first: readonly T[],
  second: readonly T[],
  compare: Compare<T>,
  turns: Turns,
): Promise<T[]> {
  const all: T[] = [];
  let taken = 0;
  for (const one of first) {
    for (; taken < second.length && compare(second[taken] as T, one) < 0; taken += 1)
      all.push(second[taken] as T);
    all.push(one);
    if (turns.over) await turns.next();
  }
  return all.concat(second.slice(taken));
}
