import type { Store } from '@callsign/catalog';
import {
  type Clock,
  describe,
  type Log,
  type Metrics,
  type Part,
  systemClock,
  type Tracer,
} from '@callsign/daemon';
import { ContainerTraces } from './container-traces.ts';
import { DockerEngine } from './engine/docker.ts';
import type { Engine } from './engine/engine.ts';
import { REGISTRAR_METRICS, type RegistrarMetrics, registrarMetrics } from './metrics.ts';
import { type RegistrarOptions, type RegistrarSettings, settingsOf } from './options.ts';
import { PluginSet } from './plugins/plugin-set.ts';
import { Publisher } from './publish/publisher.ts';
import { DesiredRecords } from './reconcile/desired.ts';
import { ReconcileLoop } from './reconcile/loop.ts';

export interface RegistrarDeps {
  readonly options: RegistrarOptions;
  /** Stays the caller's: it is not closed. */
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** Told of what every container's event comes to; absent: nobody is. */
  readonly tracer?: Tracer | undefined;
  /** In place of the one that the options name. */
  readonly engine?: Engine;
}

/** Turns the containers of one Docker Engine into service records, and keeps them alive. */
export class Registrar implements Part {
  readonly name = 'registrar';
  readonly #deps: Required<Omit<RegistrarDeps, 'engine' | 'metrics' | 'tracer'>>;
  readonly #settings: RegistrarSettings;
  readonly #engine: Engine;
  readonly #metrics: RegistrarMetrics;
  readonly #traces: ContainerTraces;
  readonly #stop = new AbortController();
  readonly #publisher: Publisher;
  readonly #plugins: PluginSet;
  readonly #desired: DesiredRecords;
  readonly #loop: ReconcileLoop;
  #running: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** @throws {CallsignError} when the options do not fit together or name a file that cannot be read */
  constructor({ engine, metrics, tracer, clock = systemClock, ...deps }: RegistrarDeps) {
    this.#deps = { ...deps, clock };
    this.#settings = settingsOf(deps.options);
    this.#metrics = registrarMetrics(metrics);
    this.#traces = new ContainerTraces(tracer);
    metrics.measured(REGISTRAR_METRICS.containers, () => this.#desired.states());
    metrics.measured(REGISTRAR_METRICS.records, () => [[this.#publisher.size, {}]]);
    this.#engine = engine ?? new DockerEngine(this.#settings.docker, this.#settings.tls);
    this.#publisher = this.#createPublisher();
    this.#plugins = this.#createPlugins();
    this.#desired = this.#createDesired();
    this.#loop = this.#createLoop();
  }

  /**
   * Returns once the plugins are loaded; neither the Docker Engine nor the store has to be there yet.
   * @throws {CallsignError} when a plugin cannot be read or loaded
   */
  async start(signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#stop.signal]);
    const watching = { run: (until: AbortSignal) => this.#plugins.watch(until) };
    const parts = [this.#loop, this.#publisher, watching];
    // While the plugins' sandbox starts there is time for the Engine's list, and for a lease.
    const loading = this.#plugins.start();
    this.#running = Promise.all(parts.map((part) => this.#untilStopped(part, stop)));
    await loading;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The lease is given up but not ended: the names answer on until it runs out, or a successor takes over. */
  async #close(): Promise<void> {
    this.#stop.abort();
    await this.#plugins.close();
    await Promise.all([this.#running, this.#publisher.close()]);
  }

  async #untilStopped(part: { run(signal: AbortSignal): Promise<void> }, signal: AbortSignal): Promise<void> {
    try {
      await part.run(signal);
    } catch (error) {
      if (!signal.aborted) this.#deps.log.error('the registrar has failed', { error: describe(error) });
    }
  }

  #createPlugins(): PluginSet {
    const { options, log, clock } = this.#deps;
    const { plugins: references, ttl, environment, region } = options;
    const defaults = { ttl, environment, region, domain: this.#settings.domain.slice(0, -1) };
    const onReload = (outcome: 'loaded' | 'failed') => this.#reloaded(outcome);
    return new PluginSet({ references, defaults, log, clock, onReload });
  }

  #reloaded(outcome: 'loaded' | 'failed'): void {
    this.#metrics.pluginReloads.add(1, { outcome });
    if (outcome === 'failed') return;
    this.#desired.replan();
    this.#loop.lookAgain();
  }

  #createPublisher(): Publisher {
    const { options, store, log, clock } = this.#deps;
    const { domain, beat } = this.#settings;
    const { node: owner, lease } = options;
    const watched = { log, metrics: this.#metrics, traces: this.#traces };
    return new Publisher({ store, owner, domain, lease, beat, clock, ...watched });
  }

  #createDesired(): DesiredRecords {
    const { options, log, clock } = this.#deps;
    const { domain } = this.#settings;
    const { explicit, publishAddress } = options;
    const identity = { ...options, domain };
    return new DesiredRecords({
      plugins: this.#plugins,
      identity,
      explicit,
      publishAddress,
      log,
      clock,
      metrics: this.#metrics,
      traces: this.#traces,
    });
  }

  #createLoop(): ReconcileLoop {
    const { log, clock } = this.#deps;
    return new ReconcileLoop({
      engine: this.#engine,
      desired: this.#desired,
      publisher: this.#publisher,
      rules: this.#settings.rules,
      log,
      clock,
      metrics: this.#metrics,
      traces: this.#traces,
    });
  }
}
