import type { Store } from '@callsign/catalog';
import { type Clock, describe, type Log, type Metrics, type Part, systemClock } from '@callsign/daemon';
import { DockerEngine } from './engine/docker.ts';
import type { Engine } from './engine/engine.ts';
import { REGISTRAR_METRICS, type RegistrarMetrics, registrarMetrics } from './metrics.ts';
import { type RegistrarOptions, type RegistrarSettings, settingsOf } from './options.ts';
import { PluginHost } from './plugins/host.ts';
import { readPlugins } from './plugins/source.ts';
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
  /** In place of the one that the options name. */
  readonly engine?: Engine;
}

/** Turns the containers of one Docker Engine into service records, and keeps them alive. */
export class Registrar implements Part {
  readonly name = 'registrar';
  readonly #deps: Required<Omit<RegistrarDeps, 'engine' | 'metrics'>>;
  readonly #settings: RegistrarSettings;
  readonly #engine: Engine;
  readonly #metrics: RegistrarMetrics;
  readonly #stop = new AbortController();
  readonly #publisher: Publisher;
  #plugins: PluginHost | undefined;
  #desired: DesiredRecords | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** @throws {CallsignError} when the options do not fit together or name a file that cannot be read */
  constructor({ engine, metrics, clock = systemClock, ...deps }: RegistrarDeps) {
    this.#deps = { ...deps, clock };
    this.#settings = settingsOf(deps.options);
    this.#metrics = registrarMetrics(metrics);
    metrics.measured(REGISTRAR_METRICS.containers, () => this.#desired?.states() ?? []);
    metrics.measured(REGISTRAR_METRICS.records, () => [[this.#publisher.size, {}]]);
    this.#engine = engine ?? new DockerEngine(this.#settings.docker, this.#settings.tls);
    this.#publisher = this.#createPublisher();
  }

  /**
   * Returns once the plugins are loaded; neither the Docker Engine nor the store has to be there yet.
   * @throws {CallsignError} when a plugin cannot be read or loaded
   */
  async start(signal: AbortSignal): Promise<void> {
    this.#plugins = this.#createPlugins();
    await this.#plugins.start();
    const stop = AbortSignal.any([signal, this.#stop.signal]);
    const loop = this.#createLoop(this.#plugins);
    this.#running = Promise.all([this.#untilStopped(loop, stop), this.#untilStopped(this.#publisher, stop)]);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The lease is given up but not ended: the names answer on until it runs out, or a successor takes over. */
  async #close(): Promise<void> {
    this.#stop.abort();
    await this.#plugins?.close();
    await Promise.all([this.#running, this.#publisher.close()]);
  }

  async #untilStopped(part: { run(signal: AbortSignal): Promise<void> }, signal: AbortSignal): Promise<void> {
    try {
      await part.run(signal);
    } catch (error) {
      if (!signal.aborted) this.#deps.log.error('the registrar has failed', { error: describe(error) });
    }
  }

  #createPlugins(): PluginHost {
    const { options, log } = this.#deps;
    const { ttl, environment, region } = options;
    const defaults = { ttl, environment, region };
    return new PluginHost({ plugins: readPlugins(options.plugins), defaults, log });
  }

  #createPublisher(): Publisher {
    const { options, store, log, clock } = this.#deps;
    const { domain, beat } = this.#settings;
    const { node: owner, lease } = options;
    return new Publisher({ store, owner, domain, lease, beat, log, clock, metrics: this.#metrics });
  }

  #createLoop(plugins: PluginHost): ReconcileLoop {
    const { options, log, clock } = this.#deps;
    const shared = { log, clock, metrics: this.#metrics };
    const { domain, rules } = this.#settings;
    const { publishAddress } = options;
    const identity = { ...options, domain };
    this.#desired = new DesiredRecords({ ...shared, plugins, identity, publishAddress });
    return new ReconcileLoop({
      ...shared,
      engine: this.#engine,
      desired: this.#desired,
      publisher: this.#publisher,
      rules,
    });
  }
}
