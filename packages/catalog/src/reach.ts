import type { Clock } from '@callsign/daemon';
import type { WatchListener } from './store.ts';

/** How long a store may be away before anybody is told, in milliseconds: it may restart, or elect a leader. */
const PATIENCE = 5_000;

/** Whether a watch reaches its store, by what becomes of its attempts. */
export class Reach {
  readonly #clock: Clock;
  readonly #listener: WatchListener | undefined;
  #isOpen = false;
  #isLost = false;
  /** When the store was last known to be there. */
  #seenAt: number;

  constructor(clock: Clock, listener: WatchListener | undefined) {
    this.#clock = clock;
    this.#listener = listener;
    this.#seenAt = clock.monotonic();
  }

  opened(): void {
    this.#isOpen = true;
    if (this.#isLost) this.#listener?.found();
    this.#isLost = false;
  }

  broke(why: unknown): void {
    const now = this.#clock.monotonic();
    if (this.#isOpen) this.#seenAt = now;
    this.#isOpen = false;
    if (this.#isLost || now - this.#seenAt < PATIENCE) return;
    this.#isLost = true;
    this.#listener?.lost(why);
  }
}
