import type { InspectedContainer } from '../engine/snapshot.ts';

/** What a container's health check decides: `ignore` nothing, `healthy` that it is announced while it passes. */
export const HEALTH_RULES = ['healthy', 'ignore'] as const;
export type HealthRule = (typeof HEALTH_RULES)[number];

/** True while a container's names should be there; one whose first health check is still out has none yet. */
export function isAnnounced({ running, health }: InspectedContainer, rule: HealthRule): boolean {
  return running && (rule === 'ignore' || health === 'none' || health === 'healthy');
}
