import type { Endpoints } from './endpoints.ts';
import { isAnswerTooLarge, isCompacted } from './etcd-error.ts';
import type { EtcdClient, KeyRange, KeyValue, RangeRequest, RangeResponse } from './protocol.ts';

/**
 * Keys of one page. A hundred thousand keys in one answer (36 MB) are more than the client takes, and etcd would put
 * them together in one piece of memory.
 */
const PAGE = 1_000;
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
      return await readPages(endpoints, range, signal);
    } catch (error) {
      if (!isCompacted(error) || tries === TRIES) throw error;
    }
  }
}

async function readPages(
  endpoints: Endpoints<EtcdClient>,
  range: KeyRange,
  signal: AbortSignal,
): Promise<RangeListing> {
  const keyValues: KeyValue[] = [];
  let revision: string | undefined;
  for (let key = range.key; ; key = after(keyValues)) {
    signal.throwIfAborted();
    const page = await readPage(endpoints, { ...range, key, ...(revision !== undefined && { revision }) });
    revision ??= page.header.revision;
    for (const keyValue of page.kvs) keyValues.push(keyValue);
    if (!page.more) return { revision: Number(revision), keyValues };
  }
}

/** A page of fewer keys when they are so large that they do not fit into one answer. */
async function readPage(
  endpoints: Endpoints<EtcdClient>,
  request: RangeRequest,
  limit = PAGE,
): Promise<RangeResponse> {
  try {
    return await endpoints.call(({ kv }) => kv.range({ ...request, limit }));
  } catch (error) {
    if (!isAnswerTooLarge(error) || limit === 1) throw error;
    return await readPage(endpoints, request, Math.ceil(limit / 8));
  }
}

/** The least key that is greater than the last one. */
function after(keyValues: readonly KeyValue[]): Buffer {
  return Buffer.concat([keyValues.at(-1)?.key ?? Buffer.alloc(0), Buffer.from([0])]);
}
