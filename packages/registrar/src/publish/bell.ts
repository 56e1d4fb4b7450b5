/** Wakes one waiter; rung while nobody waits, it wakes the next one at once. */
export class Bell {
  #rung = Promise.withResolvers<void>();

  ring(): void {
    this.#rung.resolve();
  }

  /** Resolves when the bell has been rung since the last time; rejects when the signal fires. */
  async heard(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<never>();
    const aborted = () => reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    try {
      await Promise.race([this.#rung.promise, promise]);
      this.#rung = Promise.withResolvers<void>();
    } finally {
      signal.removeEventListener('abort', aborted);
    }
  }
}
