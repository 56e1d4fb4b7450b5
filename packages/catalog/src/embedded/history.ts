import { EventEmitter, once } from 'node:events';
import { isAbort } from '@callsign/daemon';
import { type Batch, CompactedError } from '../store.ts';

/**
 * The latest batches, one for each revision, for watchers to read at their own pace. A watcher is no more than
 * the revision it has reached, so a slow one costs no memory: it falls off the end and is told so.
 */
export class History {
  readonly #batches: Batch[] = [];
  readonly #most: number;
  readonly #grown = new EventEmitter().setMaxListeners(0);
  #newest: number;

  /** Knows nothing up to and including `revision`, and at most `most` batches after it. */
  constructor(revision: number, most: number) {
    this.#newest = revision;
    this.#most = most;
  }

  add(batch: Batch): void {
    this.#newest = batch.revision;
    this.#batches.push(batch);
    // Cut in large steps: a shift for every batch would move the whole list each time.
    if (this.#batches.length >= 2 * this.#most) this.#batches.splice(0, this.#batches.length - this.#most);
    this.#grown.emit('grown');
  }

  /**
   * Every batch after a revision, until the signal fires.
   * @throws {CompactedError} when that revision is too old, or is none that this store ever had
   */
  async *after(revision: number, signal: AbortSignal): AsyncGenerator<Batch> {
    let reached = revision;
    while (!signal.aborted) {
      const next = this.#next(reached);
      if (next === undefined) {
        await this.#growth(signal);
        continue;
      }
      reached = next.revision;
      yield next;
    }
  }

  #next(reached: number): Batch | undefined {
    const oldest = this.#newest - Math.min(this.#batches.length, this.#most);
    if (reached < oldest || reached > this.#newest) throw new CompactedError(reached);
    return this.#batches[this.#batches.length - (this.#newest - reached)];
  }

  async #growth(signal: AbortSignal): Promise<void> {
    try {
      await once(this.#grown, 'grown', { signal });
    } catch (error) {
      if (!isAbort(error)) throw error;
    }
  }
}
