import { aborting } from '@callsign/daemon';
import type { Endpoints } from './endpoints.ts';
import { isAnswerTooLarge, isCompacted } from './etcd-error.ts';
import { FIRST_LIMIT, limitAfter } from './page-limit.ts';
import type { EtcdClient, KeyRange, KeyValue, RangeRequest, RangeResponse } from './protocol.ts';

/** A list that cannot be read between two compactions will not be on a fourth try either. */
const TRIES = 4;

export interface RangeListing {
  readonly revision: number;
  readonly keyValues: readonly KeyValue[];
}

/** A whole range as it was at one revision, however many pages it takes. */
export async function readRange(
  endpoints: Endpoints<EtcdClient>,
  range: KeyRange,
  signal: AbortSignal,
): Promise<RangeListing> {
  for (let tries = 1; ; tries += 1) {
    try {
      const pages = await Array.fromAsync(readPages(endpoints, range, signal));
      const [{ revision }] = pages as [RangeListing];
      return { revision, keyValues: pages.flatMap(({ keyValues }) => keyValues) };
    } catch (error) {
      if (!isCompacted(error) || tries === TRIES) throw error;
    }
  }
}

/** The same page by page, at least one; the next one is on its way while one is looked at. */
export async function* readPages(
  endpoints: Endpoints<EtcdClient>,
  range: KeyRange,
  signal: AbortSignal,
): AsyncGenerator<RangeListing, void, undefined> {
  let page = await readPage(endpoints, range, FIRST_LIMIT, signal);
  const { revision } = page.header;
  for (;;) {
    signal.throwIfAborted();
    const rest = { ...range, key: after(page.kvs), revision };
    const next = page.more ? readPage(endpoints, rest, page.nextLimit, signal) : undefined;
    // Who stops reading does not want to hear of it; who goes on hears of it below.
    next?.catch(() => undefined);
    yield { revision: Number(revision), keyValues: page.kvs };
    if (next === undefined) return;
    page = await next;
  }
}

interface Page extends RangeResponse {
  readonly nextLimit: number;
}

/** A page of fewer keys when they are so large that they do not fit into one answer. */
async function readPage(
  endpoints: Endpoints<EtcdClient>,
  request: RangeRequest,
  limit: number,
  signal: AbortSignal,
): Promise<Page> {
  const began = performance.now();
  try {
    const page = await aborting(
      endpoints.call(({ kv }) => kv.range({ ...request, limit })),
      signal,
    );
    const bytes = page.kvs.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    const nextLimit = limitAfter({ keys: page.kvs.length, bytes, ms: performance.now() - began });
    return { ...page, nextLimit };
  } catch (error) {
    if (!isAnswerTooLarge(error) || limit === 1) throw error;
    return await readPage(endpoints, request, Math.ceil(limit / 8), signal);
  }
}

/** The least key that is greater than the last one. */
function after(keyValues: readonly KeyValue[]): Buffer {
  return Buffer.concat([keyValues.at(-1)?.key ?? Buffer.alloc(0), Buffer.from([0])]);
}
