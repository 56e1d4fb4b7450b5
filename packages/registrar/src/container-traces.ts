import { type Attributes, type Span, silentTracer, type Tracer } from '@callsign/daemon';

/** What one container goes through, from the event, or the list, that calls for a look at it to the commit that carries it out. */
interface Trace {
  readonly root: Span;
  readonly events: readonly string[];
  /** What it should have is known, and is to be carried out. */
  readonly isWished: boolean;
}

/** One trace at a time for each container that something happens to. Without a tracer there are none. */
export class ContainerTraces {
  readonly #tracer: Tracer | undefined;
  readonly #open = new Map<string, Trace>();

  constructor(tracer?: Tracer) {
    this.#tracer = tracer;
  }

  /** Everything is compared: a trace of its own. */
  reconcile(): Span {
    return (this.#tracer ?? silentTracer).span('reconcile');
  }

  /** The Engine's list of all containers, in it. */
  list(reconcile: Span): Span {
    return (this.#tracer ?? silentTracer).span('list', { kind: 'client', parent: reconcile.context });
  }

  /** Something calls for a look at a container; what happens during a look belongs to the same trace. */
  called(container: string, event: string): void {
    if (this.#tracer === undefined) return;
    const { root, events } = this.#open.get(container) ?? this.#begin(this.#tracer, container);
    const all = [...events, event];
    root.set({ 'callsign.events': all });
    this.#open.set(container, { root, events: all, isWished: false });
  }

  /** True for a container that somebody wants to know of. */
  follow(container: string): boolean {
    return this.#open.has(container);
  }

  /** A part of the way. */
  step(container: string, name: string): Span {
    const parent = this.#open.get(container)?.root.context;
    const tracer = parent === undefined ? silentTracer : (this.#tracer ?? silentTracer);
    return tracer.span(name, { kind: name === 'inspect' ? 'client' : 'internal', parent });
  }

  tell(container: string, attributes: Attributes): void {
    this.#open.get(container)?.root.set(attributes);
  }

  wished(container: string): void {
    const trace = this.#open.get(container);
    if (trace !== undefined) this.#open.set(container, { ...trace, isWished: true });
  }

  /** A plan is made for some containers: whoever's wish changes nothing is where it wanted to be. */
  planned(containers: Iterable<string>, changed: () => ReadonlySet<string>): void {
    if (this.#open.size === 0) return;
    const busy = changed();
    for (const container of containers) if (!busy.has(container)) this.#end(container);
  }

  /** Does the commit that some containers wait for, in a span of each one's trace. @returns its revision */
  async committed(containers: () => ReadonlySet<string>, commit: () => Promise<number>): Promise<number> {
    if (this.#open.size === 0) return await commit();
    const waiting = [...containers()].filter((container) => this.#open.has(container));
    const spans = waiting.map((container) => this.#commitSpan(container));
    try {
      const revision = await commit();
      for (const span of spans) span.set({ 'callsign.revision': revision });
      for (const span of spans) span.end();
      for (const container of waiting) this.#end(container);
      return revision;
    } catch (error) {
      for (const span of spans) span.end(error);
      throw error;
    }
  }

  #commitSpan(container: string): Span {
    const parent = this.#open.get(container)?.root.context;
    return (this.#tracer ?? silentTracer).span('commit', { kind: 'client', parent });
  }

  #begin(tracer: Tracer, container: string): Trace {
    const root = tracer.span('container', { kind: 'consumer', attributes: { 'container.id': container } });
    return { root, events: [], isWished: false };
  }

  /** What has happened to it since has a trace of its own. */
  #end(container: string): void {
    const trace = this.#open.get(container);
    if (!trace?.isWished) return;
    trace.root.end();
    this.#open.delete(container);
  }
}
