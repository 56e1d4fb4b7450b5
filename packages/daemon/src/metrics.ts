import {
  collectDefaultMetrics,
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  Registry,
} from 'prom-client';

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(count?: number, labels?: Labels): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  /** `value` in the unit that the metric's name ends in. */
  observe(value: number, labels?: Labels): void;
}

/** What a metric is called and what it tells; the same table gives docs/metrics.md. */
export interface MetricText {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** A value that is counted elsewhere, on a path too hot to count here, and read when somebody asks. */
export type Reading = Iterable<readonly [number, Labels]>;

export interface HistogramText extends MetricText {
  /** Upper bounds, rising, in the unit that the metric's name ends in. */
  readonly buckets: readonly number[];
}

/** A histogram that is kept elsewhere. */
export interface Distribution {
  /** How many values each bucket has for itself; the last number is of those above all bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** What every process tells of itself, besides prom-client's own. */
export const PROCESS_METRICS = {
  build: {
    name: 'callsign_build_info',
    help: 'always 1: which version this is',
    labels: ['version'],
  },
  spans: {
    name: 'callsign_trace_spans_total',
    help: 'spans that the collector of --trace has taken',
  },
  spansDropped: {
    name: 'callsign_trace_spans_dropped_total',
    help: 'spans that the collector of --trace has refused, or was not there for',
  },
} as const satisfies Record<string, MetricText>;

/**
 * How often the event loop is looked at for how late it is. Each look wakes the process, and prom-client's own choice,
 * a hundred of them a second, is most of what a daemon costs to which nothing happens.
 */
const LOOK_EVERY_MS = 100;

/** The metrics of one process in Prometheus' text format. The only file that knows prom-client. */
export class Metrics {
  readonly #registry = new Registry();

  counter(text: MetricText): Counter {
    const metric = new PromCounter({ ...this.#config(text) });
    return { add: (count = 1, labels = {}) => metric.inc(labels, count) };
  }

  gauge(text: MetricText): Gauge {
    const metric = new PromGauge({ ...this.#config(text) });
    return { set: (value, labels = {}) => metric.set(labels, value) };
  }

  histogram(text: HistogramText): Histogram {
    const metric = new PromHistogram({ ...this.#config(text), buckets: [...text.buckets] });
    return { observe: (value, labels = {}) => metric.observe(labels, value) };
  }

  /** A counter whose totals are read at the time of the scrape. */
  counted(text: MetricText, read: () => Reading): void {
    new PromCounter({
      ...this.#config(text),
      collect() {
        this.reset();
        for (const [value, labels] of read()) this.inc(labels, value);
      },
    });
  }

  /** A gauge whose value is read at the time of the scrape. */
  measured(text: MetricText, read: () => Reading): void {
    new PromGauge({
      ...this.#config(text),
      collect() {
        this.reset();
        for (const [value, labels] of read()) this.set(labels, value);
      },
    });
  }

  /** Histograms, each with labels of its own, that are read at the time of the scrape. */
  distributed(text: HistogramText, read: () => Iterable<readonly [Distribution, Labels]>): void {
    const { name, help } = text;
    const get = async () => ({
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      values: [...read()].flatMap(([distribution, labels]) => series(text, distribution, labels)),
    });
    // prom-client's own histograms take values one by one; this is the part of one that its registry asks.
    this.#registry.registerMetric({ name, get } as unknown as PromHistogram);
  }

  /** The process's own: its version; memory, CPU, event loop and garbage collection, under prom-client's names. */
  ofProcess(version: string): void {
    this.gauge(PROCESS_METRICS.build).set(1, { version });
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: LOOK_EVERY_MS });
  }

  /** Everything in Prometheus' text exposition format 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  readonly contentType: string = this.#registry.contentType;

  #config({ name, help, labels = [] }: MetricText) {
    return { name, help, labelNames: [...labels], registers: [this.#registry] };
  }
}

/** The lines of a histogram: how many values were at most each bound, how many there were, and their sum. */
function series({ name, buckets }: HistogramText, { counts, sum }: Distribution, labels: Labels) {
  const bounds = [...buckets.map(String), '+Inf'];
  let total = 0;
  const cumulative = bounds.map((le, at) => {
    total += counts[at] as number;
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: total };
  });
  const whole = [
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
  return [...cumulative, ...whole];
}
