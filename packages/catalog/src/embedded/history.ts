import { EventEmitter, once } from 'node:events';
import { isAbort } from '@callsign/daemon';
import { type Batch, CompactedError } from '../store.ts';

/** In the keys and values of all batches that are remembered: large ones are fewer. */
const MOST_CHARACTERS = 32 << 20;

/**
 * The latest batches, one for each revision, for watchers to read at their own pace. A watcher is no more than
 * the revision it has reached, so a slow one costs no memory: it falls off the end and is told so.
 */
export class History {
  readonly #batches: Batch[] = [];
  readonly #most: number;
  readonly #grown = new EventEmitter().setMaxListeners(0);
  #newest = 0;
  #characters = 0;

  /** Knows at most `most` batches. */
  constructor(most: number) {
    this.#most = most;
  }

  /** What it knows ends with `revision`, be that nothing at all. */
  begin(revision: number): void {
    this.#newest = revision;
  }

  add(batch: Batch): void {
    this.#newest = batch.revision;
    this.#batches.push(batch);
    this.#characters += charactersOf(batch);
    // Cut in large steps: a shift for every batch would move the whole list each time.
    if (this.#batches.length >= 2 * this.#most || this.#characters >= 2 * MOST_CHARACTERS) this.#cut();
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

  /** Forgets the oldest until the others are few and small enough; the newest always stays. */
  #cut(): void {
    let forgotten = 0;
    for (const batch of this.#batches.slice(0, -1)) {
      if (this.#batches.length - forgotten <= this.#most && this.#characters <= MOST_CHARACTERS) break;
      this.#characters -= charactersOf(batch);
      forgotten += 1;
    }
    this.#batches.splice(0, forgotten);
  }

  async #growth(signal: AbortSignal): Promise<void> {
    try {
      await once(this.#grown, 'grown', { signal });
    } catch (error) {
      if (!isAbort(error)) throw error;
    }
  }
}

function charactersOf({ changes }: Batch): number {
  let sum = 0;
  for (const change of changes) {
    sum += change.kind === 'put' ? change.entry.key.length + change.entry.value.length : change.key.length;
  }
  return sum;
}
