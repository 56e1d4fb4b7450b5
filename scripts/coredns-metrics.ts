import { PROCESS_METRICS } from '@callsign/daemon/metrics';
import { NAMESERVER_METRICS as N } from '@callsign/nameserver';

/** One metric of CoreDNS, and what we have for it. */
export interface CorednsMetric {
  /** As CoreDNS has it, without its prefix. */
  readonly name: string;
  readonly labels: readonly string[];
  /** Absent: there is none, and `why` tells the reason. */
  readonly ours?: { readonly name: string; readonly labels?: readonly string[] };
  /** What is otherwise than there. */
  readonly why?: string;
}

const THREADS = 'an answer is copied by a thread that knows no zone, and one server is one process';
const ONE_SERVER = 'one cache is for all';
const BY_NAME = ['server', 'zone', 'view'];

/** CoreDNS's metrics by its plugins' own pages (prometheus, cache, forward), those that say something of DNS. */
export const COREDNS_METRICS: readonly CorednsMetric[] = [
  { name: 'build_info', labels: ['version', 'revision', 'goversion'], ours: PROCESS_METRICS.build },
  {
    name: 'dns_requests_total',
    labels: [...BY_NAME, 'proto', 'family', 'type'],
    ours: N.requests,
    why: THREADS,
  },
  { name: 'dns_request_duration_seconds', labels: [...BY_NAME, 'type'], ours: N.seconds, why: THREADS },
  { name: 'dns_responses_total', labels: [...BY_NAME, 'rcode', 'plugin'], ours: N.responses, why: THREADS },
  {
    name: 'dns_request_size_bytes',
    labels: [...BY_NAME, 'proto'],
    why: 'the query log and dnstap tell sizes',
  },
  {
    name: 'dns_response_size_bytes',
    labels: [...BY_NAME, 'proto'],
    why: 'the query log and dnstap tell sizes',
  },
  { name: 'dns_do_requests_total', labels: BY_NAME, why: 'nothing of ours is signed: it changes no answer' },
  {
    name: 'cache_requests_total',
    labels: ['server', 'zones', 'view'],
    ours: N.cacheRequests,
    why: ONE_SERVER,
  },
  {
    name: 'cache_hits_total',
    labels: ['server', 'type', 'zones', 'view'],
    ours: N.cacheHits,
    why: ONE_SERVER,
  },
  { name: 'cache_misses_total', labels: ['server', 'zones', 'view'], ours: N.cacheMisses, why: ONE_SERVER },
  {
    name: 'cache_entries',
    labels: ['server', 'type', 'zones', 'view'],
    ours: N.cacheEntries,
    why: ONE_SERVER,
  },
  {
    name: 'cache_evictions_total',
    labels: ['server', 'type', 'zones', 'view'],
    ours: N.cacheEvictions,
    why: ONE_SERVER,
  },
  {
    name: 'cache_prefetch_total',
    labels: ['server', 'zones', 'view'],
    ours: N.cachePrefetches,
    why: ONE_SERVER,
  },
  {
    name: 'cache_served_stale_total',
    labels: ['server', 'zones', 'view'],
    ours: N.cacheStale,
    why: ONE_SERVER,
  },
  {
    name: 'cache_drops_total',
    labels: ['server', 'zones', 'view'],
    why: 'an answer to another question never gets to the cache: callsign_forward_dropped_total',
  },
  { name: 'forward_requests_total', labels: ['to'], ours: N.upstreamRequests },
  {
    name: 'forward_responses_total',
    labels: ['to', 'rcode'],
    why: 'the count of callsign_proxy_request_duration_seconds, as in CoreDNS since 1.11',
  },
  { name: 'proxy_request_duration_seconds', labels: ['proxy_name', 'to', 'rcode'], ours: N.upstreamSeconds },
  {
    name: 'proxy_healthcheck_failures_total',
    labels: ['proxy_name', 'to', 'rcode'],
    why: 'questions are what tells whether an upstream is there, probes only bring it back: callsign_forward_failures_total has both',
  },
  {
    name: 'proxy_conn_cache_hits_total',
    labels: ['proxy_name', 'to', 'proto'],
    why: 'each question has a socket of its own',
  },
  {
    name: 'proxy_conn_cache_misses_total',
    labels: ['proxy_name', 'to', 'proto'],
    why: 'each question has a socket of its own',
  },
  { name: 'forward_max_concurrent_rejects_total', labels: [], ours: N.upstreamRejects },
  {
    name: 'forward_healthcheck_broken_total',
    labels: [],
    why: 'nobody is asked at random: those that are silent are asked last',
  },
];
