import type { Clock } from '@callsign/daemon';
import type { ContainerEvent } from '../engine/engine.ts';
import type { InspectedContainer } from '../engine/snapshot.ts';

/** One run of a container, and how that is asked to end. */
type Run = Pick<InspectedContainer, 'startedAt' | 'stopSignal'>;

/**
 * Which containers were asked to stop and are given time for it without their names. Only the signal by which a
 * container is asked to stop counts: others (SIGHUP) ask for something else.
 */
export class Draining {
  /** For how long; 0: never. */
  readonly #ms: number;
  readonly #clock: Clock;
  readonly #runs = new Map<string, Run>();
  /** Until when, in milliseconds of the monotonic clock. */
  readonly #until = new Map<string, number>();

  constructor(seconds: number, clock: Clock) {
    this.#ms = seconds * 1_000;
    this.#clock = clock;
  }

  /** Who was started anew has not been asked to stop, also where nobody has heard of the start. */
  know({ id, startedAt, stopSignal }: InspectedContainer): void {
    if (this.#ms === 0) return;
    if (this.#runs.get(id)?.startedAt !== startedAt) this.#until.delete(id);
    this.#runs.set(id, { startedAt, stopSignal });
  }

  forget(container: string): void {
    this.#runs.delete(container);
    this.#until.delete(container);
  }

  /** True when a container drains from this event on. */
  hear({ container, action, signal }: ContainerEvent): boolean {
    if (action === 'die' || action === 'start') this.#until.delete(container);
    const begins =
      action === 'kill' && signal !== undefined && signal === this.#runs.get(container)?.stopSignal;
    if (begins) this.#until.set(container, this.#clock.monotonic() + this.#ms);
    return begins;
  }

  has(container: string): boolean {
    return this.left(container) > 0;
  }

  /** For how many more milliseconds a container is without its names; 0 where it does not drain. */
  left(container: string): number {
    return Math.max(0, (this.#until.get(container) ?? 0) - this.#clock.monotonic());
  }
}
