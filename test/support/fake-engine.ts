import type { ContainerEvent, Engine, ListedContainer } from '../../packages/registrar/src/engine/engine.ts';
import type { InspectedContainer } from '../../packages/registrar/src/engine/snapshot.ts';

/** A double of the Docker Engine, for what a real one cannot be made to do at a given moment. */
export class FakeEngine implements Engine {
  readonly address = 'fake://engine';
  readonly #containers = new Map<string, InspectedContainer>();
  readonly #streams = new Set<PushStream>();
  /** Every call, in order: `subscribe`, `list`, `ping`, `inspect 3f2a…`. */
  readonly calls: string[] = [];
  /** Thrown by every call while it is set. */
  down: Error | undefined;
  /** What the Engine is in its Swarm; where nobody leads, services cannot be listed. */
  swarm: 'leads' | 'follows' | 'has no leader' = 'leads';
  /** Containers whose inspection fails. */
  readonly broken = new Set<string>();
  /** Awaited by every inspection. */
  gate: Promise<void> | undefined;

  /** Starts or changes a container and tells about it. */
  start(container: InspectedContainer, action = 'start'): void {
    this.#containers.set(container.id, container);
    this.tell(container.id, action);
  }

  /** Ends a container and tells about it. */
  remove(container: InspectedContainer): void {
    this.#containers.delete(container.id);
    this.tell(container.id, 'die');
  }

  /** Changes what is there without a word. */
  set(containers: readonly InspectedContainer[]): void {
    this.#containers.clear();
    for (const container of containers) this.#containers.set(container.id, container);
  }

  get running(): number {
    return this.#containers.size;
  }

  tell(container: string, action: string, signal?: number): void {
    const event = { container, action, ...(signal !== undefined && { signal }) };
    for (const stream of this.#streams) stream.push(event);
  }

  /** Ends every event stream. */
  cut(): void {
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
  }

  async subscribe(signal: AbortSignal): Promise<AsyncIterable<ContainerEvent>> {
    this.#called('subscribe');
    const stream = new PushStream();
    this.#streams.add(stream);
    signal.addEventListener('abort', () => stream.end(), { once: true });
    return stream.events();
  }

  async list(): Promise<readonly ListedContainer[]> {
    this.#called('list');
    return this.#listed('container');
  }

  async services(): Promise<readonly ListedContainer[] | undefined> {
    if (this.swarm === 'has no leader') throw new Error('the swarm does not have a leader');
    return this.swarm === 'leads' ? this.#listed('service') : undefined;
  }

  #listed(kind: InspectedContainer['kind']): readonly ListedContainer[] {
    const all = [...this.#containers.values()].filter((each) => each.kind === kind);
    return all.map((each) => ({ id: each.id, mark: JSON.stringify(each) }));
  }

  async inspect(container: string): Promise<InspectedContainer | undefined> {
    this.#called(`inspect ${container}`);
    await this.gate;
    if (this.broken.has(container)) throw new Error('inspection failed');
    const found = this.#containers.get(container);
    return found?.kind === 'service' && this.swarm !== 'leads' ? undefined : found;
  }

  async ping(): Promise<void> {
    this.#called('ping');
  }

  #called(what: string): void {
    this.calls.push(what);
    if (this.down !== undefined) throw this.down;
  }
}

class PushStream {
  readonly #waiting: ContainerEvent[] = [];
  #more = Promise.withResolvers<void>();
  #ended = false;

  push(event: ContainerEvent): void {
    this.#waiting.push(event);
    this.#more.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#more.resolve();
  }

  async *events(): AsyncGenerator<ContainerEvent> {
    for (;;) {
      const event = this.#waiting.shift();
      if (event !== undefined) yield event;
      else if (this.#ended) return;
      else await this.#next();
    }
  }

  async #next(): Promise<void> {
    await this.#more.promise;
    if (!this.#ended) this.#more = Promise.withResolvers<void>();
  }
}
