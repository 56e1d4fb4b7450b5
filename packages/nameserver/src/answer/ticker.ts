import { type Clock, isAbort, type Part } from '@callsign/daemon';

const SECOND = 1_000;

/** Calls at the beginning of each second of the monotonic clock. */
export class Ticker implements Part {
  readonly name = 'ticker';
  readonly #tick: () => void;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #ticking: Promise<void> = Promise.resolve();

  constructor(tick: () => void, clock: Clock) {
    this.#tick = tick;
    this.#clock = clock;
  }

  async start(): Promise<void> {
    this.#ticking = this.#run().catch((error) => {
      if (!isAbort(error)) throw error;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#ticking;
  }

  async #run(): Promise<void> {
    for (;;) {
      this.#tick();
      await this.#clock.sleep(SECOND - (this.#clock.monotonic() % SECOND), this.#closing.signal);
    }
  }
}
