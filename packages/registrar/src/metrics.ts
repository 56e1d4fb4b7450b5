import type { Counter, Gauge, Histogram, Metrics, MetricText } from '@callsign/daemon';

/** What became of a container that runs. */
export const CONTAINER_STATES = ['published', 'skipped', 'failed'] as const;
export type ContainerState = (typeof CONTAINER_STATES)[number];

/** Every metric of the registrar; docs/metrics.md tells the same. */
export const REGISTRAR_METRICS = {
  containers: {
    name: 'callsign_registrar_containers',
    help: 'Running containers by what became of them: published, skipped because ignored or named by no plugin, failed',
    labels: ['state'],
  },
  records: { name: 'callsign_registrar_records', help: 'Records of this node in the store, as last seen' },
  engineConnected: {
    name: 'callsign_registrar_engine_connected',
    help: "1 while the Docker Engine's events are followed",
  },
  engineEvents: {
    name: 'callsign_registrar_engine_events_total',
    help: 'Events of the Docker Engine by action',
    labels: ['action'],
  },
  pluginSeconds: {
    name: 'callsign_registrar_plugin_duration_seconds',
    help: "Time for one container's plugins, waiting for its turn included",
    buckets: [0.0005, 0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
  },
  pluginFailures: {
    name: 'callsign_registrar_plugin_failures_total',
    help: 'Containers without names: what their plugin did (threw, timeout, memory, died, nonsense, unloadable), or refused',
    labels: ['reason'],
  },
  pluginReloads: {
    name: 'callsign_registrar_plugin_reloads_total',
    help: 'Changes of plugin files by outcome: loaded, or failed and the ones before went on',
    labels: ['outcome'],
  },
  commits: {
    name: 'callsign_registrar_commits_total',
    help: 'Commits to the store by outcome: made or failed',
    labels: ['outcome'],
  },
  leasesLost: { name: 'callsign_registrar_leases_lost_total', help: 'Leases that ended without our asking' },
  reconcileSeconds: {
    name: 'callsign_registrar_reconcile_duration_seconds',
    help: 'Time for looking at every container once',
    buckets: [0.01, 0.05, 0.2, 1, 5, 20, 60],
  },
} as const satisfies Readonly<Record<string, MetricText & { readonly buckets?: readonly number[] }>>;

export interface RegistrarMetrics {
  readonly engineConnected: Gauge;
  readonly engineEvents: Counter;
  readonly pluginSeconds: Histogram;
  readonly pluginFailures: Counter;
  readonly pluginReloads: Counter;
  readonly commits: Counter;
  readonly leasesLost: Counter;
  readonly reconcileSeconds: Histogram;
}

export function registrarMetrics(metrics: Metrics): RegistrarMetrics {
  const texts = REGISTRAR_METRICS;
  return {
    engineConnected: metrics.gauge(texts.engineConnected),
    engineEvents: metrics.counter(texts.engineEvents),
    pluginSeconds: metrics.histogram(texts.pluginSeconds),
    pluginFailures: metrics.counter(texts.pluginFailures),
    pluginReloads: metrics.counter(texts.pluginReloads),
    commits: metrics.counter(texts.commits),
    leasesLost: metrics.counter(texts.leasesLost),
    reconcileSeconds: metrics.histogram(texts.reconcileSeconds),
  };
}
