import type { HistogramText, MetricText } from '@callsign/daemon';
import { DURATION_BUCKETS } from './answer/durations.ts';

/** CoreDNS's, from a quarter of a millisecond to eight seconds. */
const UPSTREAM_BUCKETS = Array.from({ length: 16 }, (_, at) => 0.00025 * 2 ** at);

/** Every metric of the nameserver; docs/metrics.md is made from this table. */
export const NAMESERVER_METRICS = {
  requests: {
    name: 'callsign_dns_requests_total',
    help: 'DNS queries that had a question, by transport and type; types without a name count as "other"',
    labels: ['proto', 'type'],
  },
  responses: {
    name: 'callsign_dns_responses_total',
    help: 'DNS replies by rcode, forwarded ones included',
    labels: ['rcode'],
  },
  seconds: {
    name: 'callsign_dns_request_duration_seconds',
    help: 'how long replies took from the coming in of their questions, for threads over UDP with their batch; transfers are not counted',
    buckets: DURATION_BUCKETS,
  },
  dropped: {
    name: 'callsign_dns_dropped_total',
    help: 'packets that got no reply: too short for a header, or replies themselves',
  },
  connections: {
    name: 'callsign_dns_connections',
    help: 'connections that are open at the moment, by transport',
    labels: ['proto'],
  },
  crowded: {
    name: 'callsign_dns_connections_crowded_total',
    help: 'connections closed because there were too many: the one that was idle longest, or else the newest',
    labels: ['proto'],
  },
  handshakesFailed: {
    name: 'callsign_tls_handshake_failures_total',
    help: 'TLS connections that ended before their handshake did: time-outs, no common version, certificates refused',
    labels: ['proto'],
  },
  certificateExpiry: {
    name: 'callsign_tls_certificate_expiry_timestamp_seconds',
    help: 'when the certificate that is shown ends, in seconds since 1970; absent without --dot and --doh',
  },
  headersRefused: {
    name: 'callsign_proxy_protocol_refused_total',
    help: 'connections and datagrams from --proxy-protocol networks whose PROXY header was missing or malformed',
    labels: ['proto'],
  },
  threads: {
    name: 'callsign_dns_udp_threads',
    help: 'threads that answer over UDP by themselves; 0: the main one does',
  },
  handoverDropped: {
    name: 'callsign_dns_handover_dropped_total',
    help: 'questions that threads for UDP dropped because a thousand of each waited for the main thread already',
  },
  finished: {
    name: 'callsign_dns_answers_finished_total',
    help: 'answers that had to be looked up and finished because there was none, or none that was still true',
  },
  cached: {
    name: 'callsign_dns_finished_answers',
    help: 'finished answers that are kept at the moment',
  },
  recursion: {
    name: 'callsign_recursion_requests_total',
    help: 'questions for names that are not ours, answered from the cache or by asking others',
  },
  recursionRelayed: {
    name: 'callsign_recursion_relayed_total',
    help: 'questions for names that are not ours that a thread for UDP took to an upstream by itself',
  },
  recursionFailed: {
    name: 'callsign_recursion_failures_total',
    help: 'questions for names that are not ours that nobody answered: the client got SERVFAIL',
  },
  recursionRefused: {
    name: 'callsign_recursion_refused_total',
    help: 'questions for names that are not ours, from addresses outside --allow-recursion',
  },
  cacheRequests: {
    name: 'callsign_cache_requests_total',
    help: 'questions for names that are not ours, as the cache of upstream answers saw them',
  },
  cacheHits: {
    name: 'callsign_cache_hits_total',
    help: 'questions that an earlier upstream answer still answered, by its kind: success, or denial for one without records',
    labels: ['type'],
  },
  cacheMisses: {
    name: 'callsign_cache_misses_total',
    help: 'questions that no kept answer was there for: an upstream was asked, was being asked already, or had just failed',
  },
  cacheEntries: {
    name: 'callsign_cache_entries',
    help: 'upstream answers that are kept at the moment, by kind',
    labels: ['type'],
  },
  cacheBytes: {
    name: 'callsign_cache_bytes',
    help: 'bytes that upstream answers take at the moment',
  },
  cacheEvictions: {
    name: 'callsign_cache_evictions_total',
    help: 'upstream answers given up because all of them took more than --forward-cache, by kind',
    labels: ['type'],
  },
  cachePrefetches: {
    name: 'callsign_cache_prefetch_total',
    help: 'answers that were fetched anew before their time was over because they are asked for often',
  },
  cacheStale: {
    name: 'callsign_cache_served_stale_total',
    help: 'questions that got an answer past its time because no upstream gave a new one',
  },
  upstreamRequests: {
    name: 'callsign_forward_requests_total',
    help: 'questions and probes sent, by upstream and by the zone it is asked for: "." or a stub',
    labels: ['to', 'zone'],
  },
  upstreamSeconds: {
    name: 'callsign_proxy_request_duration_seconds',
    help: 'how long upstreams took for their answers, by rcode; proxy_name is always "forward"',
    labels: ['proxy_name', 'to', 'zone', 'rcode'],
    buckets: UPSTREAM_BUCKETS,
  },
  upstreamFailures: {
    name: 'callsign_forward_failures_total',
    help: 'questions and probes that an upstream did not answer',
    labels: ['to', 'zone'],
  },
  upstreamDropped: {
    name: 'callsign_forward_dropped_total',
    help: 'messages from an upstream that were broken or no answer to the question',
    labels: ['to', 'zone'],
  },
  upstreamRejects: {
    name: 'callsign_forward_max_concurrent_rejects_total',
    help: 'questions that were sent to no upstream because too many were under way',
    labels: ['zone'],
  },
  upstreamFailuresRepeated: {
    name: 'callsign_forward_failures_repeated_total',
    help: 'questions that were sent to no upstream because they had come to nothing less than five seconds before',
    labels: ['zone'],
  },
  upstreamHealthy: {
    name: 'callsign_forward_healthy',
    help: '1 for an upstream that answers, 0 for one that is asked last or never',
    labels: ['to', 'zone'],
  },
  upstreamLoops: {
    name: 'callsign_forward_loops',
    help: '1 for an upstream that sends our questions back to us, else 0',
    labels: ['to', 'zone'],
  },
  upstreamRoundTrip: {
    name: 'callsign_forward_round_trip_seconds',
    help: 'smoothed time that an upstream takes to answer; a guess before its first answer',
    labels: ['to', 'zone'],
  },
  transfers: {
    name: 'callsign_transfers_total',
    help: 'questions for zone transfers by outcome: complete, current (the client had the zone), refused, cut (the client left), failed',
    labels: ['outcome'],
  },
  notifySent: {
    name: 'callsign_notify_sent_total',
    help: 'NOTIFY messages sent to secondaries, repeated ones included',
  },
  notifyFailed: {
    name: 'callsign_notify_failures_total',
    help: 'NOTIFY messages that a secondary refused or did not answer in time',
  },
  tapSent: {
    name: 'callsign_dnstap_messages_total',
    help: 'messages sent to the reader of --dnstap',
  },
  tapDropped: {
    name: 'callsign_dnstap_dropped_total',
    help: 'messages that the reader of --dnstap was too slow for, or was not there for',
  },
  ready: {
    name: 'callsign_zone_ready',
    help: '1 when the first full list of the store has been read, else 0',
  },
  followed: {
    name: 'callsign_zone_followed',
    help: '1 while the changes of the store are followed, 0 while what was last known of it is served',
  },
  records: {
    name: 'callsign_zone_records',
    help: 'service records in the zone',
  },
  revision: {
    name: 'callsign_zone_revision',
    help: 'the store revision that the zone shows; also the serial of the SOA record',
  },
  changed: {
    name: 'callsign_zone_changed_timestamp_seconds',
    help: 'when the zone last changed, in seconds since 1970; absent until the store has been read',
  },
  refused: {
    name: 'callsign_zone_refused_values_total',
    help: 'stored values that could not be served and were left out',
  },
  refusedFiles: {
    name: 'callsign_zone_files_refused',
    help: 'zone files that cannot be read as they are now: what was read before is served',
  },
} as const satisfies Record<string, MetricText | HistogramText>;
