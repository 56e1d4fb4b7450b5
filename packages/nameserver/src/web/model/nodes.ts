import { nodeOf } from './filter.ts';
import type { Entry } from './service.ts';

/** A node, as its services tell of it. */
export interface Node {
  readonly node: string;
  readonly region: string;
  readonly services: number;
  readonly unhealthy: number;
  readonly owners: readonly string[];
  /** Seconds for which its services outlive their registrar; absent: they stay. */
  readonly leaseTtl?: number;
  /** The revision of its latest change. */
  readonly revision: number;
}

/** Every node that has services, by name. */
export function nodesOf(entries: readonly Entry[]): readonly Node[] {
  const placed = entries.filter(({ service }) => nodeOf(service) !== '');
  const byNode = Map.groupBy(placed, ({ service }) => nodeOf(service));
  return [...byNode].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([node, all]) => summed(node, all));
}

function summed(node: string, entries: readonly Entry[]): Node {
  const services = entries.map(({ service }) => service);
  const leaseTtl = services.find((service) => service.leaseTtl !== undefined)?.leaseTtl;
  return {
    node,
    region: services.find(({ region }) => region !== undefined)?.region ?? '',
    services: entries.length,
    unhealthy: entries.filter(({ state }) => state === 'unhealthy').length,
    owners: [...new Set(services.flatMap(({ callsign }) => callsign?.owner ?? []))].toSorted(),
    ...(leaseTtl !== undefined && { leaseTtl }),
    revision: services.reduce((latest, { revision }) => Math.max(latest, revision), 0),
  };
}
