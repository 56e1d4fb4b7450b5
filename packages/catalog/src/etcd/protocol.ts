/**
 * What we use of etcd's v3 protocol (etcd api/etcdserverpb/rpc.proto, mvccpb/kv.proto), as etcd3 reads it: 64-bit
 * integers arrive as decimal text, and it spells PUT and DELETE in its own way.
 */
export interface KeyValue {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly mod_revision: string;
  /** `0` for none. */
  readonly lease: string;
}

export interface WatchEvent {
  readonly type: 'Put' | 'Delete';
  readonly kv: KeyValue;
}

export interface WatchResponse {
  readonly header: { readonly revision: string };
  readonly created: boolean;
  readonly canceled: boolean;
  readonly cancel_reason: string;
  /** Not `0`: the watch asked for changes that are compacted. */
  readonly compact_revision: string;
  /** More of the same revision follows in the next response. */
  readonly fragment: boolean;
  readonly events: readonly WatchEvent[];
}

/** One call of etcd's Watch: requests in, responses out, with an error when it breaks. */
export interface WatchStream extends AsyncIterable<WatchResponse> {
  write(request: object): void;
  cancel(): void;
}

export interface RangeRequest extends Partial<KeyRange> {
  readonly limit?: number;
  /** 0 or absent: the newest. */
  readonly revision?: string;
  readonly keys_only?: boolean;
}

export interface RangeResponse {
  readonly header: { readonly revision: string };
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
}

/** A transaction whose comparisons all failed or held, and what its operations answered. */
export interface TxnResponse {
  readonly header: { readonly revision: string };
  readonly succeeded: boolean;
  readonly responses: readonly { readonly response_range: RangeResponse | null }[];
}

export interface TxnRequest {
  readonly compare: { result: 'Equal'; target: 'Mod'; key: Buffer; mod_revision: number }[];
  readonly success: Operation[];
  readonly failure: Operation[];
}

export type Operation =
  | { readonly request_put: { key: Buffer; value: Buffer; lease: string } }
  | { readonly request_delete_range: { key: Buffer } }
  | { readonly request_range: { key: Buffer; keys_only: boolean } };

export interface KeepAliveStream {
  on(event: 'data', hear: (response: { readonly TTL: string }) => void): unknown;
  on(event: 'error', hear: (error: Error) => void): unknown;
  on(event: 'end', hear: () => void): unknown;
  write(request: { readonly ID: string }): void;
  end(): void;
}

/** The calls of one endpoint, as the etcd client offers them. */
export interface EtcdClient {
  readonly kv: {
    range(request: RangeRequest): Promise<RangeResponse>;
    txn(request: TxnRequest): Promise<TxnResponse>;
  };
  readonly leaseClient: {
    leaseGrant(request: { readonly TTL: number }): Promise<{ readonly ID: string; readonly TTL: string }>;
    leaseRevoke(request: { readonly ID: string }): Promise<unknown>;
    leaseTimeToLive(request: {
      readonly ID: string;
    }): Promise<{ readonly TTL: string; readonly grantedTTL: string }>;
    leaseKeepAlive(options: { readonly deadline: number }): Promise<KeepAliveStream>;
  };
  readonly watchClient: { watch(): Promise<unknown> };
  close(): void;
}

/** All keys from `key` up to but not including `range_end`. */
export interface KeyRange {
  readonly key: Buffer;
  readonly range_end: Buffer;
}

/** The keys that begin with a prefix: the end is the prefix with its last byte raised by one. */
export function rangeOf(prefix: string): KeyRange {
  const key = Buffer.from(prefix);
  const end = Buffer.from(key);
  const last = end.length - 1;
  end.writeUInt8(end.readUInt8(last) + 1, last); // never overflows: UTF-8 has no byte 0xff
  return { key, range_end: end };
}
