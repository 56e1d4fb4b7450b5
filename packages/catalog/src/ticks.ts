/** Stands between the items of a stream whenever nothing came for a while. */
export const TICK: unique symbol = Symbol('tick');

/**
 * The items of a stream, with a TICK after every `everyMs` milliseconds in which the reader waited in vain. Time
 * that the reader spends on an item does not count: silence is the stream's, not the reader's.
 */
export async function* withTicks<T>(
  stream: AsyncIterable<T>,
  everyMs: number,
): AsyncGenerator<T | typeof TICK, void, undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  try {
    for (let next = iterator.next(); ; ) {
      const result = await beforeTick(next, everyMs);
      if (result === TICK) {
        yield TICK;
        continue;
      }
      if (result.done === true) return;
      yield result.value;
      next = iterator.next();
    }
  } finally {
    // Not awaited: a stream that hangs would hang its reader too.
    void iterator.return?.().catch(() => undefined);
  }
}

async function beforeTick<T>(next: Promise<T>, ms: number): Promise<T | typeof TICK> {
  const { promise: tick, resolve } = Promise.withResolvers<typeof TICK>();
  const timer = setTimeout(() => resolve(TICK), ms);
  try {
    return await Promise.race([next, tick]);
  } finally {
    clearTimeout(timer);
  }
}
