import {
  type Backoff,
  type Clock,
  DEFAULT_BACKOFF,
  describe,
  inSpan,
  type Log,
  Once,
  type Span,
  waitAfter,
} from '@callsign/daemon';
import type { ContainerTraces } from '../container-traces.ts';
import type { ContainerEvent, Engine } from '../engine/engine.ts';
import { Later } from '../later.ts';
import type { RegistrarMetrics } from '../metrics.ts';
import { Outage } from '../outage.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { DesiredRecords } from './desired.ts';
import { Draining } from './draining.ts';
import { LastList } from './last-list.ts';
import { Look, type LookRules } from './look.ts';
import { DirtyQueue } from './queue.ts';
import { NO_RECORDS } from './records.ts';
import { Services } from './services.ts';

export interface ReconcileLoopOptions {
  readonly engine: Engine;
  readonly desired: DesiredRecords;
  readonly publisher: Publisher;
  readonly rules: LoopRules;
  readonly log: Log;
  readonly metrics: RegistrarMetrics;
  readonly traces: ContainerTraces;
  readonly clock: Clock;
  readonly backoff?: Backoff;
}

export interface LoopRules extends LookRules {
  /** Seconds for which a container that was asked to stop has no names; 0: it has them until it ends. */
  readonly drain: number;
}

/** Containers looked at at the same time. */
const AT_ONCE = 64;
/** How often in a row a container that runs is looked at for an address that it has yet to get. */
const MOST_LOOKS = 8;
/** A silent stream may be a dead one: every so often the Engine is asked for a sign of life. */
const PING_MS = 10_000;
/**
 * Every so many signs of life everything is compared: the Engine's list, in case an event got lost, and the store,
 * where anybody may have written.
 */
const PINGS_A_RECONCILE = 30;

/**
 * Subscribe, list, follow; on any doubt from the start. An event says which container to look at again; what it is
 * then decides. While the Engine is away everything stays published: containers may well run on without it.
 */
export class ReconcileLoop {
  readonly #options: ReconcileLoopOptions;
  readonly #outage: Outage;
  readonly #once = new Once();
  readonly #draining: Draining;
  readonly #look: Look;
  /** Looks in a row that did not see all there should be, by container. */
  readonly #failures = new Map<string, number>();
  /** Those that are looked at again because there should soon be more to see, and those that drain until then. */
  readonly #incomplete: Later;
  readonly #drained: Later;
  #connected = false;
  /** The session's; without one there is nothing to look at. */
  #queue: DirtyQueue | undefined;

  constructor(options: ReconcileLoopOptions) {
    this.#options = options;
    this.#outage = new Outage(options.log);
    this.#incomplete = new Later(options.clock);
    this.#drained = new Later(options.clock);
    this.#draining = new Draining(options.rules.drain, options.clock);
    this.#look = new Look({ ...options, draining: this.#draining });
  }

  /** Runs until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, backoff = DEFAULT_BACKOFF } = this.#options;
    for (let failures = 0; ; failures += 1) {
      const began = clock.monotonic();
      try {
        await this.#session(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (this.#connected && clock.monotonic() - began > backoff.most) failures = 0;
        this.#disconnected(error);
        await clock.sleep(waitAfter(failures, backoff), signal);
      }
    }
  }

  /** Every container is looked at again; without an Engine the next session does so anyway. */
  lookAgain(): void {
    for (const container of this.#options.publisher.containers) this.#queue?.mark(container);
  }

  async #session(outer: AbortSignal): Promise<never> {
    const over = new AbortController();
    const signal = AbortSignal.any([outer, over.signal]);
    const queue = new DirtyQueue((container) => this.#work(container, queue, signal), AT_ONCE);
    this.#queue = queue;
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
    for await (const event of events) {
      this.#options.metrics.engineEvents.add(1, { action: event.action });
      const touched = [event.container, ...this.#look.sharersOf(event.container)];
      for (const container of touched) this.#options.traces.called(container, event.action);
      this.#withdraw(event);
      for (const container of touched) queue.mark(container);
    }
    signal.throwIfAborted();
    throw new Error('the event stream has ended');
  }

  /**
   * The events that are taken at their word. The Engine tidies up after the dead before it lets anybody inspect
   * them, and until then their names would lead to nobody; whoever is asked to stop will soon be dead.
   */
  #withdraw(event: ContainerEvent): void {
    const { container, action } = event;
    const drains = this.#draining.hear(event);
    // Wanted without records, and not forgotten: should the look that follows fail, there is nothing to keep.
    if (drains || action === 'die') this.#options.publisher.want(container, NO_RECORDS);
  }

  async #reconcileAgainAndAgain(queue: DirtyQueue, signal: AbortSignal): Promise<never> {
    const { engine, clock, desired, log } = this.#options;
    const last = new LastList();
    const services = new Services(engine, log);
    for (let pings = 0; ; pings += 1) {
      // At the same time, for a Swarm without a leader takes long to say so.
      const looks = [this.#lookAtServices(services, queue, signal)];
      if (pings % PINGS_A_RECONCILE === 0) looks.push(this.#compare(last, queue, signal));
      await Promise.all(looks);
      for (const container of desired.due()) queue.mark(container);
      await clock.sleep(PING_MS, signal);
      await engine.ping(signal);
    }
  }

  async #lookAtServices(services: Services, queue: DirtyQueue, signal: AbortSignal): Promise<void> {
    const { publisher } = this.#options;
    const changed = await services.changed(publisher.containers, signal);
    if (changed === undefined) return;
    await queue.markAll(changed);
    signal.throwIfAborted();
    publisher.settle('service');
  }

  async #compare(last: LastList, queue: DirtyQueue, signal: AbortSignal): Promise<void> {
    const { publisher, traces } = this.#options;
    publisher.doubt();
    const span = traces.reconcile();
    await inSpan(span, () => this.#reconcile(span, last, queue, signal));
  }

  /** Looks at whatever the list shows otherwise than the last time, and whatever is in it no longer. */
  async #reconcile(span: Span, last: LastList, queue: DirtyQueue, signal: AbortSignal): Promise<void> {
    const { engine, desired, publisher, metrics, traces, clock } = this.#options;
    const began = clock.monotonic();
    const running = await inSpan(traces.list(span), () => engine.list(signal));
    this.#tellConnected(running.length);
    // Whose end was heard is wanted no more, and may yet have to be forgotten: the stream can end before the look at it.
    const known = new Set([...publisher.containers, ...desired.containers]);
    const looks = last.next(running, [...known]);
    span.set({ 'callsign.containers': running.length, 'callsign.looks': looks.length });
    for (const container of looks) traces.called(container, 'list');
    await queue.markAll(looks);
    signal.throwIfAborted();
    publisher.settle('container');
    metrics.reconcileSeconds.observe((clock.monotonic() - began) / 1_000);
  }

  /** Never rejects: what goes wrong with one container is tried again, and is nobody else's matter. */
  async #work(container: string, queue: DirtyQueue, signal: AbortSignal): Promise<void> {
    try {
      const isComplete = await this.#look.at(container, () => queue.isDirty(container), signal);
      this.#lookOnceDrained(container, queue, signal);
      if (isComplete) this.#failures.delete(container);
      else if ((this.#failures.get(container) ?? 0) < MOST_LOOKS) this.#lookLater(container, queue, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#tellUnseen(container, error);
      this.#lookLater(container, queue, signal);
    }
  }

  /** From each look, and not from the event: that may have been told in a session that is over. */
  #lookOnceDrained(container: string, queue: DirtyQueue, signal: AbortSignal): void {
    const ms = this.#draining.left(container);
    if (ms > 0) void this.#drained.act(container, ms, () => queue.mark(container), signal);
  }

  #lookLater(container: string, queue: DirtyQueue, signal: AbortSignal): void {
    if (this.#incomplete.has(container)) return;
    const failures = this.#failures.get(container) ?? 0;
    this.#failures.set(container, failures + 1);
    const ms = waitAfter(failures, this.#options.backoff);
    void this.#incomplete.act(container, ms, () => queue.mark(container), signal);
  }

  #tellConnected(containers: number): void {
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
