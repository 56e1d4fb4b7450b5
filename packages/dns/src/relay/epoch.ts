import type { Clock } from '@callsign/daemon';

/** Milliseconds that never jump are all that a relay asks of a clock. */
export type MonotonicClock = Pick<Clock, 'monotonic'>;

/** Zero of the calling thread's clock by the system's, which all threads have in common; in milliseconds. */
export function epoch(clock: MonotonicClock): number {
  return Number(process.hrtime.bigint()) / 1e6 - clock.monotonic();
}
