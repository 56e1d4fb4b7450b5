import { aborting } from '@callsign/daemon';

/** Wakes one waiter; rung while nobody waits, it wakes the next one at once. */
export class Bell {
  #rung = Promise.withResolvers<void>();

  ring(): void {
    this.#rung.resolve();
  }

  /** Resolves when the bell has been rung since the last time; rejects when the signal fires. */
  async heard(signal: AbortSignal): Promise<void> {
    await aborting(this.#rung.promise, signal);
    this.#rung = Promise.withResolvers<void>();
  }
}
