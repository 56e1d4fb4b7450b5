import type { Clock } from '@callsign/daemon';

/** Zero of the calling thread's clock by the system's, which all threads have in common; in milliseconds. */
export function epoch(clock: Clock): number {
  return Number(process.hrtime.bigint()) / 1e6 - clock.monotonic();
}
