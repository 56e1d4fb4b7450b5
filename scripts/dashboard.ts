import { PROCESS_METRICS as P } from '@callsign/daemon/metrics';
import { NAMESERVER_METRICS as N } from '@callsign/nameserver';
import { REGISTRAR_METRICS as R } from '@callsign/registrar';

/** Units as Grafana calls them. */
type Unit = 'short' | 'reqps' | 'ops' | 's' | 'bytes' | 'percentunit';

interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
}

/** What a metric's table says of it, as far as a query needs it. */
interface Metric {
  readonly name: string;
  readonly labels?: readonly string[];
}

const SOURCE = { type: 'prometheus', uid: '$datasource' };
/** Grafana's grid is 24 wide: three panels stand beside each other. */
const SIZE = { w: 8, h: 7 };
const ACROSS = 24 / SIZE.w;
/** The instances of both daemons. */
const WHERE = 'instance=~"$nameserver|$registrar"';

/** Every metric is here: what nobody looks at need not be counted. `test/dashboard.test.ts` holds it to that. */
const ROWS: Readonly<Record<string, readonly Panel[]>> = {
  'The nameserver: questions': [
    panel('Questions by type', 'reqps', rate(N.requests, 'type')),
    panel('Questions by transport', 'reqps', rate(N.requests, 'proto')),
    panel('Replies by rcode', 'reqps', rate(N.responses, 'rcode')),
    panel('How long replies take', 's', ...quantiles(N.seconds)),
    panel('Answers finished anew', 'ops', rate(N.finished)),
    panel('Finished answers that are kept', 'short', each(N.cached)),
    panel('Threads that answer over UDP', 'short', each(N.threads)),
    panel('Refused and dropped', 'ops', rate(N.dropped), rate(N.handoverDropped), rate(N.recursionRefused)),
  ],
  'The nameserver: the zone': [
    panel('Has read the store, and follows it', 'short', each(N.ready), each(N.followed)),
    panel('Records', 'short', each(N.records)),
    panel('Revision: the same everywhere, or one of them lags', 'short', each(N.revision)),
    panel('Since the last change', 's', since(N.changed)),
    panel('Values and files that cannot be served', 'short', increase(N.refused), sum(N.refusedFiles)),
    panel('Transfers to secondaries', 'ops', rate(N.transfers, 'outcome')),
    panel('NOTIFY', 'ops', rate(N.notifySent), rate(N.notifyFailed)),
    panel('dnstap', 'ops', rate(N.tapSent), rate(N.tapDropped)),
  ],
  'The nameserver: forwarding': [
    panel('Questions', 'reqps', rate(N.recursion), rate(N.recursionRelayed), rate(N.recursionFailed)),
    panel('Cache: questions', 'ops', rate(N.cacheRequests), rate(N.cacheHits, 'type'), rate(N.cacheMisses)),
    panel('Cache: fetched early, given late', 'ops', rate(N.cachePrefetches), rate(N.cacheStale)),
    panel('Cache: answers', 'short', sum(N.cacheEntries, 'type')),
    panel('Cache: memory', 'bytes', each(N.cacheBytes)),
    panel('Cache: given up for others', 'ops', rate(N.cacheEvictions, 'type')),
    panel('Upstreams: asked', 'reqps', rate(N.upstreamRequests, 'to', 'zone')),
    panel(
      'Upstreams: no answer, or no use',
      'ops',
      rate(N.upstreamFailures, 'to', 'zone'),
      rate(N.upstreamDropped, 'to', 'zone'),
    ),
    panel('Upstreams: round trip', 's', most(N.upstreamRoundTrip, 'to', 'zone')),
    panel('Upstreams: how long answers take', 's', ...quantiles(N.upstreamSeconds)),
    panel(
      'Upstreams: not asked, for too many or for just having failed',
      'ops',
      rate(N.upstreamRejects, 'zone'),
      rate(N.upstreamFailuresRepeated, 'zone'),
    ),
    panel('Upstreams: healthy', 'short', least(N.upstreamHealthy, 'to', 'zone')),
    panel('Upstreams: lead back to us', 'short', most(N.upstreamLoops, 'to', 'zone')),
  ],
  'The nameserver: connections': [
    panel('Open', 'short', sum(N.connections, 'proto')),
    panel(
      'Given up or refused',
      'ops',
      rate(N.crowded, 'proto'),
      rate(N.handshakesFailed, 'proto'),
      rate(N.headersRefused, 'proto'),
    ),
    panel('Certificate: time left', 's', left(N.certificateExpiry)),
  ],
  'The registrar': [
    panel('Containers by what became of them', 'short', sum(R.containers, 'state')),
    panel('Records in the store', 'short', each(R.records)),
    panel('Follows the Engine', 'short', each(R.engineConnected)),
    panel('Events of the Engine', 'ops', rate(R.engineEvents, 'action')),
    panel('Commits to the store', 'ops', rate(R.commits, 'outcome')),
    panel('Leases lost', 'short', increase(R.leasesLost)),
    panel('Plugins: time of a container', 's', ...quantiles(R.pluginSeconds)),
    panel(
      'Plugins: failures and changes',
      'short',
      increase(R.pluginFailures, 'reason'),
      increase(R.pluginReloads, 'outcome'),
    ),
    panel('Looking at every container', 's', ...quantiles(R.reconcileSeconds)),
  ],
  'The processes': [
    panel('Version', 'short', version()),
    panel(
      'Traces',
      'ops',
      process(`rate(${P.spans.name}{WHERE}[$__rate_interval])`),
      process(`rate(${P.spansDropped.name}{WHERE}[$__rate_interval])`),
    ),
    panel('Processor', 'percentunit', process('rate(process_cpu_seconds_total{WHERE}[$__rate_interval])')),
    panel('Memory', 'bytes', process('process_resident_memory_bytes{WHERE}')),
    panel(
      'Event loop: late by',
      's',
      process('nodejs_eventloop_lag_p99_seconds{WHERE} - nodejs_eventloop_lag_min_seconds{WHERE}'),
    ),
  ],
};

/** The dashboard as Grafana imports it. */
export function dashboard(): string {
  const document = {
    uid: 'callsign',
    title: 'Callsign',
    tags: ['dns', 'docker'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: { list: variables() },
    panels: panels(),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

function variables() {
  const chosen = {
    type: 'query',
    datasource: SOURCE,
    multi: true,
    includeAll: true,
    refresh: 2,
  };
  const instances = ({ name }: Metric) => `label_values(${name}, instance)`;
  return [
    { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
    { name: 'nameserver', label: 'Nameserver', ...chosen, query: instances(N.ready) },
    { name: 'registrar', label: 'Registrar', ...chosen, query: instances(R.engineConnected) },
  ];
}

/** Rows below each other, each with a heading of one line. */
function panels() {
  const all: object[] = [];
  let y = 0;
  for (const [title, row] of Object.entries(ROWS)) {
    all.push({ id: all.length + 1, type: 'row', title, gridPos: { x: 0, y, w: 24, h: 1 } });
    y += 1;
    for (const [at, each] of row.entries()) {
      const gridPos = { x: (at % ACROSS) * SIZE.w, y: y + Math.floor(at / ACROSS) * SIZE.h, ...SIZE };
      all.push({ id: all.length + 1, ...timeSeries(each), gridPos });
    }
    y += Math.ceil(row.length / ACROSS) * SIZE.h;
  }
  return all;
}

function timeSeries({ title, unit, queries }: Panel) {
  const targets = queries.map(({ expr, legend }, at) => ({
    refId: String.fromCharCode(65 + at),
    datasource: SOURCE,
    expr,
    legendFormat: legend,
  }));
  const fieldConfig = { defaults: { unit, custom: { axisSoftMin: 0 } }, overrides: [] };
  return { type: 'timeseries', title, datasource: SOURCE, fieldConfig, targets };
}

function panel(title: string, unit: Unit, ...queries: readonly Query[]): Panel {
  return { title, unit, queries };
}

/** How often something happens, in a second, over all instances. */
function rate(metric: Metric, ...by: readonly string[]): Query {
  return combined('sum', metric, by, `rate(${selected(metric)}[$__rate_interval])`);
}

/** How often it happened, for what should not happen at all. */
function increase(metric: Metric, ...by: readonly string[]): Query {
  return combined('sum', metric, by, `increase(${selected(metric)}[$__rate_interval])`);
}

function sum(metric: Metric, ...by: readonly string[]): Query {
  return combined('sum', metric, by, selected(metric));
}

function least(metric: Metric, ...by: readonly string[]): Query {
  return combined('min', metric, by, selected(metric));
}

function most(metric: Metric, ...by: readonly string[]): Query {
  return combined('max', metric, by, selected(metric));
}

function each(metric: Metric): Query {
  return { expr: selected(metric), legend: '{{instance}}' };
}

/** Seconds until a time that is given in seconds since 1970. */
function left(metric: Metric): Query {
  return { expr: `${selected(metric)} - time()`, legend: '{{instance}}' };
}

/** Seconds from then until now. */
function since(metric: Metric): Query {
  return { expr: `time() - ${selected(metric)}`, legend: '{{instance}}' };
}

function quantiles(metric: Metric): Query[] {
  const buckets = `rate(${selected({ name: `${metric.name}_bucket` })}[$__rate_interval])`;
  return [0.5, 0.99].map((part) => ({
    expr: `histogram_quantile(${part}, sum by (le) (${buckets}))`,
    legend: `${part * 100} %`,
  }));
}

/** How many processes run which version. */
function version(): Query {
  const { name } = P.build;
  return { expr: `count by (version) (${name}{${WHERE}})`, legend: '{{version}}' };
}

/** A metric of the process, for the instances of both daemons. */
function process(expr: string): Query {
  return {
    expr: expr.replaceAll('WHERE', WHERE),
    legend: '{{job}} {{instance}}',
  };
}

function combined(
  how: 'sum' | 'min' | 'max',
  { name, labels = [] }: Metric,
  by: readonly string[],
  expr: string,
): Query {
  const unknown = by.filter((label) => !labels.includes(label));
  if (unknown.length > 0) throw new Error(`${name} has no label ${unknown.join(', ')}`);
  const what = name
    .replace(/^callsign_(dns_|registrar_)?/, '')
    .replace(/_total$/, '')
    .replaceAll('_', ' ');
  const values = by.map((label) => `{{${label}}}`).join(' ');
  if (by.length === 0) return { expr: `${how}(${expr})`, legend: what };
  return { expr: `${how} by (${by.join(', ')}) (${expr})`, legend: `${values} (${what})` };
}

/** A metric of the instances that were chosen above the panels. */
function selected({ name }: Metric): string {
  const chosen = name.startsWith('callsign_registrar_') ? '$registrar' : '$nameserver';
  return `${name}{instance=~"${chosen}"}`;
}
