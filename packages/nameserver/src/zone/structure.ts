import { labelsOf, type OwnerName } from '@callsign/catalog';

/** What the labels of a name say that registrars make: `id.node.region.instance.service.environment.domain`. */
export interface Structure {
  /** '' where registrars were told to leave it out. */
  readonly environment: string;
  readonly service: string;
  readonly instance: string;
  readonly region: string;
  readonly node: string;
}

const LABELS = [5, 6];

/** Undefined for a name with fewer or more labels below its domain: it was made by other rules. */
export function structureOf(name: OwnerName, domain: OwnerName): Structure | undefined {
  const labels = labelsOf(name.slice(0, -domain.length));
  if (!LABELS.includes(labels.length)) return undefined;
  const [, node = '', region = '', instance = '', service = '', environment = ''] = labels;
  return { environment, service, instance, region, node };
}
