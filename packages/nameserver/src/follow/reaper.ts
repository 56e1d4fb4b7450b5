import { ConflictError, keyOf, remove, type Store } from '@callsign/catalog';
import { type Clock, describe, kindOf, type Log, Once, type Part, systemClock } from '@callsign/daemon';
import type { Registration } from '../zone/registered.ts';
import type { Zone } from '../zone/zone.ts';

const EVERY_MS = 1_000;

export interface ReaperOptions {
  readonly store: Store;
  readonly zone: () => Zone | undefined;
  readonly log: Log;
  /** Told of each registration that this nameserver has withdrawn. */
  readonly onWithdrawn: (registration: Registration) => void;
  readonly clock?: Clock;
}

/**
 * Withdraws what clients registered and then let expire. Every nameserver of a store does this, and the one that
 * comes first wins: a record that was renewed meanwhile has another revision and stays.
 */
export class Reaper implements Part {
  readonly name = 'reaper';
  readonly #options: ReaperOptions;
  readonly #clock: Clock;
  readonly #once = new Once();
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: ReaperOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async start(): Promise<void> {
    this.#running = this.#run(this.#closing.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(EVERY_MS, signal).catch(() => undefined);
      for (const registration of this.#options.zone()?.registered.expired(this.#clock.now()) ?? []) {
        if (!signal.aborted) await this.#withdraw(registration);
      }
    }
  }

  async #withdraw(registration: Registration): Promise<void> {
    const { store, log, onWithdrawn } = this.#options;
    const { name, revision } = registration;
    const key = keyOf(name);
    try {
      await remove(store, key, { expect: [{ key, revision }] });
      log.info('a registration has expired and is withdrawn', { name });
      onWithdrawn(registration);
    } catch (error) {
      if (error instanceof ConflictError || !this.#once.first('failure', kindOf(error))) return;
      log.warn('an expired registration cannot be withdrawn yet', { name, error: describe(error) });
    }
  }
}
