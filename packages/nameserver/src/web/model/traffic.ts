import type { Sample as ServerSample } from '../../traffic/sample.ts';

/** As REST shows it. */
export type Sample = ServerSample;

/** How many samples a chart has room for. */
export const KEPT = 150;

/** With later ones behind those that were known. */
export function prolonged(samples: readonly Sample[], more: readonly Sample[]): readonly Sample[] {
  const known = samples.at(-1)?.at ?? 0;
  return [...samples, ...more.filter(({ at }) => at > known)].slice(-KEPT);
}
