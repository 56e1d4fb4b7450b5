import type { OwnerName } from '@callsign/catalog';
import { type Entry, entryOf, type Service } from '../../src/web/model/service.ts';

/** A service as REST shows it; a name of seven labels has what those say. */
export function serviceOf(name: string, more: Partial<Service> = {}): Service {
  const [, node, region, instance, service, environment, ...domain] = name.split('.');
  const labels = { node, region, instance, service, environment } as Partial<Service>;
  return {
    name: name as OwnerName,
    revision: 1,
    host: '10.0.0.5',
    port: 80,
    priority: 0,
    weight: 0,
    text: '',
    mail: false,
    ttl: 30,
    targetstrip: 0,
    group: '',
    ...(domain.length === 2 && labels),
    ...more,
  };
}

export function entry(name: string, more?: Partial<Service>): Entry {
  return entryOf(serviceOf(name, more), ['docker.']);
}

/** Entries in the order of the tree. */
export function entries(...names: readonly string[]): readonly Entry[] {
  return names.map((name) => entry(name)).toSorted((a, b) => (a.order < b.order ? -1 : 1));
}
