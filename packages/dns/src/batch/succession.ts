import { isAbort, Once, retry } from '@callsign/daemon';
import { Thread } from './thread.ts';
import type { WorkerStart } from './worker.ts';
import type { Workers } from './workers.ts';

/** What a thread and those after it have in common, besides what they answer by. */
type WorkerPlace = Omit<WorkerStart, 'module' | 'data'>;

/**
 * One thread after the other, as long as they are needed: where one fails, the next takes its place at once, and
 * where none can begin, another is tried after a growing wait.
 */
export class Succession {
  readonly #workers: Workers;
  readonly #place: WorkerPlace;
  readonly #over = new AbortController();
  #kept = Promise.resolve();

  constructor(workers: Workers, place: WorkerPlace) {
    this.#workers = workers;
    this.#place = place;
  }

  /** @throws {CallsignError} WORKER_FAILED when not even the first can begin */
  async start(): Promise<void> {
    const { module, data } = this.#workers;
    const start = { ...this.#place, module, data: data() };
    this.#kept = this.#keep(start, await begin(start)).catch((error) => {
      if (!isAbort(error)) throw error;
    });
  }

  /** No other takes the place of the last; resolves when that is gone, which its socket and the sign have to tell it. */
  async close(): Promise<void> {
    this.#over.abort();
    await this.#kept;
  }

  /** One that fails has left its batch unanswered, which clients ask again. */
  async #keep(start: WorkerStart, first: Thread): Promise<void> {
    for (let thread = first; ; thread = await this.#next(start)) {
      const fault = await thread.ended;
      if (this.#over.signal.aborted) return;
      this.#workers.onFault(fault);
    }
  }

  #next(start: WorkerStart): Promise<Thread> {
    const once = new Once();
    const { clock, onFault } = this.#workers;
    return retry(() => begin(start), {
      signal: this.#over.signal,
      ...(clock && { clock }),
      onFailure: (error) => {
        if (once.first('begin')) onFault(error);
      },
    });
  }
}

async function begin(start: WorkerStart): Promise<Thread> {
  const thread = new Thread(start);
  await thread.begun;
  return thread;
}
