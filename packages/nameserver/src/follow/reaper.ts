import { ConflictError, keyOf, remove, type Store } from '@callsign/catalog';
import { type Clock, describe, type Log, Once, type Part, systemClock } from '@callsign/daemon';
import type { Zone } from '../zone/zone.ts';

const EVERY_MS = 1_000;

/**
 * Withdraws what clients registered and then let expire. Every nameserver of a store does this, and the one that
 * comes first wins: a record that was renewed meanwhile has another revision and stays.
 */
export class Reaper implements Part {
  readonly name = 'reaper';
  readonly #store: Store;
  readonly #zone: () => Zone | undefined;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #once = new Once();
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(store: Store, zone: () => Zone | undefined, log: Log, clock: Clock = systemClock) {
    this.#store = store;
    this.#zone = zone;
    this.#log = log;
    this.#clock = clock;
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
      for (const { name, revision } of this.#zone()?.registered.expired(this.#clock.now()) ?? []) {
        if (!signal.aborted) await this.#withdraw(name, revision);
      }
    }
  }

  async #withdraw(name: string, revision: number): Promise<void> {
    const key = keyOf(name);
    try {
      await remove(this.#store, key, { expect: [{ key, revision }] });
      this.#log.info('a registration has expired and is withdrawn', { name });
    } catch (error) {
      if (error instanceof ConflictError || !this.#once.first('failure', describe(error))) return;
      this.#log.warn('an expired registration cannot be withdrawn yet', { name, error: describe(error) });
    }
  }
}
