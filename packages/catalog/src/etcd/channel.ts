import { readRangeResponse } from './range-response.ts';

/** How we use gRPC, for every connection. */
export const CHANNEL = {
  // etcd hangs up on whoever pings more often than every 5 s.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  // Otherwise a channel made anew after a failure would share the stalled connection of the old one.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.max_receive_message_length': 16 << 20,
};

/** What gRPC knows of one call before it is made (gRPC's proposal L40). */
interface CallProperties {
  readonly methodDefinition: {
    readonly path: string;
    readonly responseDeserialize: (bytes: Buffer) => unknown;
  };
  /** May be that of many calls. */
  readonly metadata: Metadata;
}

interface Metadata {
  clone(): Metadata;
  set(name: string, value: string): void;
}

const RANGE_PATH = '/etcdserverpb.KV/Range';

/** Lets the pages of lists be read by ourselves. */
export const OWN_READING = {
  callInvocationTransformer: (call: CallProperties): CallProperties => {
    const { methodDefinition } = call;
    if (methodDefinition.path !== RANGE_PATH) return call;
    return { ...call, methodDefinition: { ...methodDefinition, responseDeserialize: readRangeResponse } };
  },
};

/**
 * Lets etcd end a watch on a member that has lost its leader, which would otherwise stay silent for as long as the
 * network is parted: the header that etcd's own client calls WithRequireLeader.
 */
export const REQUIRE_LEADER = {
  callInvocationTransformer: (call: CallProperties): CallProperties => {
    const metadata = call.metadata.clone();
    metadata.set('hasleader', 'true');
    return { ...call, metadata };
  },
};
