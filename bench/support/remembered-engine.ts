import { once } from 'node:events';
import type { ContainerEvent, Engine, ListedContainer } from '../../packages/registrar/src/engine/engine.ts';
import type { InspectedContainer } from '../../packages/registrar/src/engine/snapshot.ts';

/** A double of the Docker Engine in memory, where nothing changes and every answer is there at once. */
export class RememberedEngine implements Engine {
  readonly address = 'remembered://engine';
  readonly #containers: ReadonlyMap<string, InspectedContainer>;

  constructor(containers: readonly InspectedContainer[]) {
    this.#containers = new Map(containers.map((container) => [container.id, container]));
  }

  async subscribe(signal: AbortSignal): Promise<AsyncIterable<ContainerEvent>> {
    return silence(signal);
  }

  async list(): Promise<readonly ListedContainer[]> {
    return [...this.#containers.keys()].map((id) => ({ id, mark: '' }));
  }

  async services(): Promise<undefined> {}

  async inspect(container: string): Promise<InspectedContainer | undefined> {
    return this.#containers.get(container);
  }

  async ping(): Promise<void> {}
}

/** Events of an Engine where nothing happens. */
function silence(signal: AbortSignal): AsyncIterable<ContainerEvent> {
  const over = once(signal, 'abort');
  const next = async () => {
    await over;
    return { done: true, value: undefined } as const;
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}
