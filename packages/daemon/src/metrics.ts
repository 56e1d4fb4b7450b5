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

  histogram(text: MetricText & { readonly buckets: readonly number[] }): Histogram {
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

  /** The process's own: memory, CPU, event loop and garbage collection, under prom-client's names. */
  ofProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
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
