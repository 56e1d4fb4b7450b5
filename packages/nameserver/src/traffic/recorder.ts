import type { Clock, Part } from '@callsign/daemon';
import { type Reading, type Sample, sampleOf } from './sample.ts';

/** How far samples are apart. */
export const EVERY_SECONDS = 2;
/** Five minutes: what is older is for Prometheus. */
const KEPT = 150;

/** Remembers what went on lately, so that who comes to look sees how it came to be as it is. */
export class TrafficRecorder implements Part {
  readonly name = 'traffic';
  readonly #read: () => Reading;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #last: Reading;
  #samples: readonly Sample[] = [];
  #running: Promise<void> = Promise.resolve();

  constructor(read: () => Reading, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
    this.#last = read();
  }

  /** The samples that ended later than that, in milliseconds since 1970, the oldest first. */
  after(at: number): readonly Sample[] {
    return this.#samples.filter((sample) => sample.at > at);
  }

  async start(): Promise<void> {
    this.#running = this.#run(this.#closing.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#clock.sleep(EVERY_SECONDS * 1_000, signal).catch(() => undefined);
      if (signal.aborted) return;
      this.#record();
    }
  }

  #record(): void {
    const now = this.#read();
    this.#samples = [...this.#samples, sampleOf(this.#last, now, this.#clock.now())].slice(-KEPT);
    this.#last = now;
  }
}
