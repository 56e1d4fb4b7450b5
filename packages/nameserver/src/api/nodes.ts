import { json, type Route } from '@callsign/daemon';
import { Turns } from '../turns.ts';
import type { Directory } from './directory.ts';
import { everyShown } from './listed.ts';
import type { ShownService } from './shown-service.ts';

/** A node as the names of its services tell of it. */
export interface ShownNode {
  readonly node: string;
  readonly region: string;
  readonly services: number;
  /** Whose registrars keep them. */
  readonly owners: readonly string[];
  /** Seconds that its lease was granted for: how long its services outlive their registrar. */
  readonly leaseTtl?: number;
  /** The revision at which one of its services was last written. */
  readonly youngest: number;
}

/** `GET /v1/nodes`: every node that has services, by region and name. */
export function nodeRoutes(directory: Directory): readonly Route[] {
  const handle = async () => {
    using copy = directory.copy();
    const services = await everyShown(copy.zone, new Turns());
    return json(200, { revision: copy.zone.revision, nodes: nodesOf(services) });
  };
  return [{ method: 'GET', path: '/v1/nodes', handle }];
}

function nodesOf(services: readonly ShownService[]): ShownNode[] {
  const placed = services.filter(({ node }) => node !== undefined);
  const byPlace = Map.groupBy(placed, ({ region, node }) => `${region}.${node}`);
  return [...byPlace].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, all]) => nodeOf(all));
}

function nodeOf(services: readonly ShownService[]): ShownNode {
  const { node = '', region = '' } = services[0] ?? {};
  const owners = new Set(services.flatMap(({ callsign }) => callsign?.owner ?? []));
  const leaseTtl = services.find((service) => service.leaseTtl !== undefined)?.leaseTtl;
  return {
    node,
    region,
    services: services.length,
    owners: [...owners].toSorted(),
    ...(leaseTtl !== undefined && { leaseTtl }),
    youngest: services.reduce((youngest, { revision }) => Math.max(youngest, revision), 0),
  };
}
