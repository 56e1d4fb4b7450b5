/** What a relay asks of a clock: milliseconds that never jump. */
export interface MonotonicClock {
  monotonic(): number;
}

/** Zero of the calling thread's clock by the system's, which all threads have in common; in milliseconds. */
export function epoch(clock: MonotonicClock): number {
  return Number(process.hrtime.bigint()) / 1e6 - clock.monotonic();
}
