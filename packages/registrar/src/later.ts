import type { Clock } from '@callsign/daemon';

/** What is done after a while: once for each key, however often it is asked for meanwhile. */
export class Later {
  readonly #clock: Clock;
  readonly #waiting = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(key: string): boolean {
    return this.#waiting.has(key);
  }

  /** Acts after so many milliseconds, and never once the signal has fired. */
  async act(key: string, ms: number, act: () => void, signal: AbortSignal): Promise<void> {
    if (this.#waiting.has(key)) return;
    this.#waiting.add(key);
    const slept = await this.#clock.sleep(ms, signal).then(
      () => true,
      () => false,
    );
    this.#waiting.delete(key);
    if (slept) act();
  }
}
