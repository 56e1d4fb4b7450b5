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

/** What gRPC knows of one call before it is made. */
interface CallOptions {
  readonly method_definition: {
    readonly path: string;
    responseDeserialize: (bytes: Buffer) => unknown;
  };
}

const RANGE_PATH = '/etcdserverpb.KV/Range';

/** Lets the pages of lists be read by ourselves. */
export const OWN_READING = {
  interceptors: [
    (options: CallOptions, next: (options: CallOptions) => GrpcCall): GrpcCall => {
      const { method_definition: method } = options;
      if (method.path === RANGE_PATH) method.responseDeserialize = readRangeResponse;
      return next(options);
    },
  ],
};

interface GrpcCall {
  start(metadata: { set(name: string, value: string): void }, listener: unknown): void;
}

/**
 * Lets etcd end a watch on a member that has lost its leader, which would otherwise stay silent for as long as the
 * network is parted: the header that etcd's own client calls WithRequireLeader.
 */
export const REQUIRE_LEADER = {
  interceptors: [
    (options: unknown, next: (options: unknown) => GrpcCall): GrpcCall => {
      const call = next(options);
      const start = call.start.bind(call);
      call.start = (metadata, listener) => {
        metadata.set('hasleader', 'true');
        start(metadata, listener);
      };
      return call;
    },
  ],
};
