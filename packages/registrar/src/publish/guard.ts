import type { Batch, Store } from '@callsign/catalog';
import {
  aborting,
  type Backoff,
  type Clock,
  DEFAULT_BACKOFF,
  describe,
  type Log,
  waitAfter,
} from '@callsign/daemon';

export interface GuardOptions {
  readonly store: Store;
  /** Of the keys that are ours and our neighbours'. */
  readonly prefix: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly backoff?: Backoff;
  readonly onBatch: (batch: Batch) => void;
  /** Told when changes may have been missed: the store is to be read again. */
  readonly onMissed: () => void;
}

/** Follows what is done in our domain, from where the store was read on. */
export class Guard {
  readonly #options: GuardOptions;
  /** The revision that the store was read at since changes may last have been missed. */
  #revision = Promise.withResolvers<number>();

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** The store was read at this revision. */
  read(revision: number): void {
    this.#revision.resolve(revision);
  }

  /** Runs until the signal fires. */
  async run(signal: AbortSignal): Promise<never> {
    const { clock, backoff = DEFAULT_BACKOFF, onMissed } = this.#options;
    for (let failures = 0; ; failures += 1) {
      const after = await aborting(this.#revision.promise, signal);
      const began = clock.monotonic();
      await this.#follow(after, signal);
      signal.throwIfAborted();
      this.#revision = Promise.withResolvers();
      if (clock.monotonic() - began > backoff.most) failures = 0;
      await clock.sleep(waitAfter(failures, backoff), signal);
      onMissed();
    }
  }

  async #follow(after: number, signal: AbortSignal): Promise<void> {
    const { store, prefix, log, onBatch } = this.#options;
    try {
      for await (const batch of store.watch(prefix, after, signal)) onBatch(batch);
    } catch (error) {
      log.debug('the watch over our records has ended', { error: describe(error) });
    }
  }
}
