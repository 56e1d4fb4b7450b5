import { NO_LEASE } from './lease-ttls.ts';
import { ProtobufReader } from './protobuf-reader.ts';
import type { KeyValue, RangeResponse } from './protocol.ts';

/** The numbers of the fields that we use (etcd api/etcdserverpb/rpc.proto, mvccpb/kv.proto). */
const HEADER = { revision: 3 } as const;
const KEY_VALUE = { key: 1, modRevision: 3, value: 5, lease: 6 } as const;
const RANGE = { header: 1, kvs: 2, more: 3 } as const;

const NONE: Buffer = Buffer.alloc(0);

/**
 * A page of a list, as etcd3 would read it: that makes four objects for 64-bit integers of each key, which takes as long
 * as all the rest.
 */
export function readRangeResponse(bytes: Buffer): RangeResponse {
  const reader = new ProtobufReader(bytes);
  const leases = new LeaseIds();
  const kvs: KeyValue[] = [];
  let [revision, more] = [0, false];
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === RANGE.kvs) kvs.push(readKeyValue(reader.message(), leases));
    else if (field === RANGE.header) revision = readRevision(reader.message());
    else if (field === RANGE.more) more = reader.number() !== 0;
    else reader.skip();
  }
  return { header: { revision: String(revision) }, kvs, more };
}

function readRevision(reader: ProtobufReader): number {
  let revision = 0;
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === HEADER.revision) revision = reader.number();
    else reader.skip();
  }
  return revision;
}

function readKeyValue(reader: ProtobufReader, leases: LeaseIds): KeyValue {
  let [key, value] = [NONE, NONE];
  let [revision, lease] = [0, NO_LEASE];
  for (let field = reader.next(); field !== undefined; field = reader.next()) {
    if (field === KEY_VALUE.key) key = reader.bytes();
    else if (field === KEY_VALUE.value) value = reader.bytes();
    else if (field === KEY_VALUE.modRevision) revision = reader.number();
    else if (field === KEY_VALUE.lease) lease = leases.text(reader.bigint());
    else reader.skip();
  }
  return { key, value, mod_revision: String(revision), lease };
}

/** Ids of leases as text. Many keys in a row have the same. */
class LeaseIds {
  #id = 0n;
  #text = NO_LEASE;

  text(id: bigint): string {
    if (id !== this.#id) [this.#id, this.#text] = [id, String(id)];
    return this.#text;
  }
}
