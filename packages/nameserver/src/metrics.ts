import type { MetricText } from '@callsign/daemon';

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
  finished: {
    name: 'callsign_dns_finished_answers_total',
    help: 'answers that had to be looked up and finished because there was none, or none that was still true',
  },
  cached: {
    name: 'callsign_dns_finished_answers',
    help: 'finished answers that are kept at the moment',
  },
  forwarded: {
    name: 'callsign_forward_requests_total',
    help: 'questions for names that are not ours, cached answers included',
  },
  forwardFailed: {
    name: 'callsign_forward_failures_total',
    help: 'questions that no upstream answered in time: the client got SERVFAIL',
  },
  forwardHits: {
    name: 'callsign_forward_cache_hits_total',
    help: 'questions for others that an earlier upstream answer still answered',
  },
  forwardMisses: {
    name: 'callsign_forward_cache_misses_total',
    help: 'questions for others for which an upstream had to be asked, or was being asked already',
  },
  forwardBytes: {
    name: 'callsign_forward_cache_bytes',
    help: 'bytes that upstream answers take at the moment',
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
  forwardStale: {
    name: 'callsign_forward_stale_answers_total',
    help: 'questions that got an answer past its time because no upstream gave a new one',
  },
  forwardPrefetches: {
    name: 'callsign_forward_prefetches_total',
    help: 'answers that were fetched anew before their time was over because they are asked for often',
  },
  recursionRefused: {
    name: 'callsign_recursion_refused_total',
    help: 'questions for names that are not ours, from addresses outside --allow-recursion',
  },
  upstreamRequests: {
    name: 'callsign_upstream_requests_total',
    help: 'questions and probes sent, by upstream and by the zone it is asked for: "." or a stub',
    labels: ['upstream', 'zone'],
  },
  upstreamFailures: {
    name: 'callsign_upstream_failures_total',
    help: 'questions and probes that an upstream did not answer',
    labels: ['upstream', 'zone'],
  },
  upstreamDropped: {
    name: 'callsign_upstream_dropped_total',
    help: 'messages from an upstream that were broken or no answer to the question',
    labels: ['upstream', 'zone'],
  },
  upstreamHealthy: {
    name: 'callsign_upstream_healthy',
    help: '1 for an upstream that answers, 0 for one that is asked last or never',
    labels: ['upstream', 'zone'],
  },
  upstreamLoops: {
    name: 'callsign_upstream_loops',
    help: '1 for an upstream that sends our questions back to us, else 0',
    labels: ['upstream', 'zone'],
  },
  upstreamRoundTrip: {
    name: 'callsign_upstream_round_trip_seconds',
    help: 'smoothed time that an upstream takes to answer; a guess before its first answer',
    labels: ['upstream', 'zone'],
  },
  ready: {
    name: 'callsign_zone_ready',
    help: '1 when the first full list of the store has been read, else 0',
  },
  records: {
    name: 'callsign_zone_records',
    help: 'service records in the zone',
  },
  revision: {
    name: 'callsign_zone_revision',
    help: 'the store revision that the zone shows; also the serial of the SOA record',
  },
  age: {
    name: 'callsign_zone_age_seconds',
    help: 'seconds since the zone last changed',
  },
  refused: {
    name: 'callsign_zone_refused_values_total',
    help: 'stored values that could not be served and were left out',
  },
  refusedFiles: {
    name: 'callsign_zone_files_refused',
    help: 'zone files that cannot be read as they are now: what was read before is served',
  },
} as const satisfies Record<string, MetricText>;
