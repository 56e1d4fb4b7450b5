import { type CommitOptions, ConflictError, type Write } from '../store.ts';
import { NO_LEASE } from './lease-ttls.ts';
import type { Operation, TxnRequest, TxnResponse } from './protocol.ts';

/** A commit as one etcd transaction, of which nothing is done when an expectation fails. */
export function transactionOf(
  prefix: string,
  writes: readonly Write[],
  { lease, expect = [] }: CommitOptions,
): TxnRequest {
  return {
    compare: expect.map(({ key, revision }) => ({
      result: 'Equal',
      target: 'Mod',
      key: bytes(prefix, key),
      mod_revision: revision,
    })),
    success: writes.map((write) => operation(write, bytes(prefix, write.key), lease?.id ?? NO_LEASE)),
    failure: [],
  };
}

/** Reads what is there instead. A transaction of its own, because carrying it along would cost every commit a tenth. */
export function readingOf(prefix: string, { expect = [] }: CommitOptions): TxnRequest {
  const success = expect.map(({ key }) => ({ request_range: { key: bytes(prefix, key), keys_only: true } }));
  return { compare: [], success, failure: [] };
}

function bytes(prefix: string, key: string): Buffer {
  return Buffer.from(`${prefix}${key}`);
}

function operation(write: Write, key: Buffer, lease: string): Operation {
  return write.kind === 'put'
    ? { request_put: { key, value: Buffer.from(write.value), lease } }
    : { request_delete_range: { key } };
}

/** Names the expectations that were not met, as far as they have not come true since. */
export function conflictOf({ expect = [] }: CommitOptions, { responses }: TxnResponse): ConflictError {
  const found = responses.map(({ response_range: range }) => Number(range?.kvs[0]?.mod_revision ?? 0));
  const unmet = expect
    .map(({ key, revision }, at) => ({ key, revision, found: found[at] ?? 0 }))
    .filter(({ revision, found }) => revision !== found)
    .map(({ key, revision, found }) => `"${key}" is at revision ${found}, not at ${revision} as expected`);
  return new ConflictError(unmet.length > 0 ? unmet.join('; ') : 'what was expected has come true too late');
}
