import { setImmediate } from 'node:timers/promises';
import type { Listing } from './store.ts';

const PAGE = 1_000;

/** A list that is at hand, in pages, at least one; between two of them others have their turn. */
export async function* inPages({ revision, entries }: Listing): AsyncGenerator<Listing, void, undefined> {
  yield { revision, entries: entries.slice(0, PAGE) };
  for (let from = PAGE; from < entries.length; from += PAGE) {
    await setImmediate();
    yield { revision, entries: entries.slice(from, from + PAGE) };
  }
}
