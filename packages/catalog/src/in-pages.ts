import { setImmediate } from 'node:timers/promises';

const PAGE = 1_000;

/** What is at hand, in pages, at least one; between two of them others have their turn. */
export async function* inPages<T>(all: readonly T[]): AsyncGenerator<readonly T[], void, undefined> {
  yield all.slice(0, PAGE);
  for (let from = PAGE; from < all.length; from += PAGE) {
    await setImmediate();
    yield all.slice(from, from + PAGE);
  }
}
