import {
  type Backoff,
  type Clock,
  DEFAULT_BACKOFF,
  describe,
  type Log,
  Once,
  waitAfter,
} from '@callsign/daemon';
import type { ContainerEvent, Engine } from '../engine/engine.ts';
import type { RegistrarMetrics } from '../metrics.ts';
import { Outage } from '../outage.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { DesiredRecords } from './desired.ts';
import { DirtyQueue } from './queue.ts';

export interface ReconcileLoopOptions {
  readonly engine: Engine;
  readonly desired: DesiredRecords;
  readonly publisher: Publisher;
  readonly log: Log;
  readonly metrics: RegistrarMetrics;
  readonly clock: Clock;
  readonly backoff?: Backoff;
}

/** Containers looked at at the same time. */
const AT_ONCE = 8;
/** A silent stream may be a dead one: every so often the Engine is asked for a sign of life. */
const PING_MS = 10_000;
/** Every so many signs of life everything is looked at again, the store included. */
const PINGS_A_RECONCILE = 6;

/**
 * Subscribe, list, follow; on any doubt from the start. An event says which container to look at again; what it is
 * then decides. While the Engine is away everything stays published: containers may well run on without it.
 */
export class ReconcileLoop {
  readonly #options: ReconcileLoopOptions;
  readonly #outage: Outage;
  readonly #once = new Once();
  /** Failed looks in a row, by container. */
  readonly #failures = new Map<string, number>();
  #connected = false;

  constructor(options: ReconcileLoopOptions) {
    this.#options = options;
    this.#outage = new Outage(options.log);
  }

  /** Runs until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, backoff = DEFAULT_BACKOFF } = this.#options;
    for (let failures = 0; ; failures += 1) {
      try {
        await this.#session(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (this.#connected) failures = 0;
        this.#disconnected(error);
        await clock.sleep(waitAfter(failures, backoff), signal);
      }
    }
  }

  async #session(outer: AbortSignal): Promise<never> {
    const over = new AbortController();
    const signal = AbortSignal.any([outer, over.signal]);
    const queue = new DirtyQueue((container) => this.#look(container, queue, signal), AT_ONCE);
    const tasks: Promise<never>[] = [];
    try {
      const events = await this.#options.engine.subscribe(signal);
      tasks.push(this.#follow(events, queue, signal), this.#reconcileAgainAndAgain(queue, signal));
      return await Promise.race(tasks);
    } finally {
      over.abort();
      await Promise.allSettled([...tasks, queue.close()]);
    }
  }

  async #follow(
    events: AsyncIterable<ContainerEvent>,
    queue: DirtyQueue,
    signal: AbortSignal,
  ): Promise<never> {
    for await (const { container, action } of events) {
      this.#options.metrics.engineEvents.add(1, { action });
      // The one event that is taken at its word: the Engine tidies up after the dead before it lets anybody
      // inspect them, and until then their names would lead to nobody.
      if (action === 'die') this.#options.publisher.forget(container);
      queue.mark(container);
    }
    signal.throwIfAborted();
    throw new Error('the event stream has ended');
  }

  async #reconcileAgainAndAgain(queue: DirtyQueue, signal: AbortSignal): Promise<never> {
    const { engine, clock, publisher } = this.#options;
    for (;;) {
      await this.#reconcile(queue, signal);
      for (let pings = 0; pings < PINGS_A_RECONCILE; pings += 1) {
        await clock.sleep(PING_MS, signal);
        await engine.ping(signal);
      }
      publisher.doubt();
    }
  }

  async #reconcile(queue: DirtyQueue, signal: AbortSignal): Promise<void> {
    const { engine, publisher, metrics, clock } = this.#options;
    const began = clock.monotonic();
    const running = await engine.list(signal);
    this.#isConnected(running.length);
    for (const container of new Set([...running, ...publisher.containers])) queue.mark(container);
    await queue.idle();
    signal.throwIfAborted();
    publisher.settle();
    metrics.reconcileSeconds.observe((clock.monotonic() - began) / 1_000);
  }

  /** Never rejects: what goes wrong with one container is tried again, and is nobody else's matter. */
  async #look(container: string, queue: DirtyQueue, signal: AbortSignal): Promise<void> {
    try {
      await this.#refresh(container, signal);
      this.#failures.delete(container);
    } catch (error) {
      if (signal.aborted) return;
      this.#options.publisher.keep(container);
      this.#tellUnseen(container, error);
      void this.#lookLater(container, queue, signal);
    }
  }

  async #refresh(container: string, signal: AbortSignal): Promise<void> {
    const { engine, desired, publisher } = this.#options;
    const snapshot = await engine.inspect(container, signal);
    if (snapshot === undefined || !snapshot.running) {
      desired.forget(container);
      publisher.forget(container);
      return;
    }
    const records = await desired.of(snapshot, signal);
    publisher.want(container, records);
  }

  async #lookLater(container: string, queue: DirtyQueue, signal: AbortSignal): Promise<void> {
    const failures = this.#failures.get(container) ?? 0;
    this.#failures.set(container, failures + 1);
    try {
      await this.#options.clock.sleep(waitAfter(failures, this.#options.backoff), signal);
      queue.mark(container);
    } catch {
      // The session is over: the next one looks at every container anyway.
    }
  }

  #isConnected(containers: number): void {
    if (this.#connected) return;
    const { engine, log, metrics } = this.#options;
    this.#connected = true;
    this.#outage.over('the Docker Engine is back');
    log.info('following the Docker Engine', { address: engine.address, containers });
    metrics.engineConnected.set(1);
  }

  #disconnected(error: unknown): void {
    const { log, metrics } = this.#options;
    metrics.engineConnected.set(0);
    if (this.#connected) log.debug('the Docker Engine is lost from sight', { error: describe(error) });
    else
      this.#outage.failed(
        'cannot follow the Docker Engine: names stay as they are, and it is looked for',
        error,
      );
    this.#connected = false;
  }

  #tellUnseen(container: string, error: unknown): void {
    const reason = describe(error);
    if (!this.#once.first(container, reason)) return;
    this.#options.log.warn('a container cannot be looked at: it keeps the names it has', {
      container: container.slice(0, 12),
      reason,
    });
  }
}
