import { type CommitOptions, ConflictError, type Write } from '../store.ts';
import { NO_LEASE } from './lease-ttls.ts';
import type { Operation, TxnRequest, TxnResponse } from './protocol.ts';

/** A commit as one etcd transaction; when an expectation fails it reads what is there instead. */
export function transactionOf(
  prefix: string,
  writes: readonly Write[],
  { lease, expect = [] }: CommitOptions,
): TxnRequest {
  const bytes = (key: string) => Buffer.from(`${prefix}${key}`);
  return {
    compare: expect.map(({ key, revision }) => ({
      result: 'Equal',
      target: 'Mod',
      key: bytes(key),
      mod_revision: revision,
    })),
    success: writes.map((write) => operation(write, bytes(write.key), lease?.id ?? NO_LEASE)),
    failure: expect.map(({ key }) => ({ request_range: { key: bytes(key), keys_only: true } })),
  };
}

function operation(write: Write, key: Buffer, lease: string): Operation {
  return write.kind === 'put'
    ? { request_put: { key, value: Buffer.from(write.value), lease } }
    : { request_delete_range: { key } };
}

/** Names the expectations that were not met. */
export function conflictOf({ expect = [] }: CommitOptions, { responses }: TxnResponse): ConflictError {
  const found = responses.map(({ response_range: range }) => Number(range?.kvs[0]?.mod_revision ?? 0));
  const unmet = expect
    .map(({ key, revision }, at) => ({ key, revision, found: found[at] ?? 0 }))
    .filter(({ revision, found }) => revision !== found)
    .map(({ key, revision, found }) => `"${key}" is at revision ${found}, not at ${revision} as expected`);
  return new ConflictError(unmet.join('; '));
}
