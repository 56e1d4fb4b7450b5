import {
  decodeService,
  depthOf,
  type Entry,
  type HostKind,
  hostKind,
  nameOfKey,
  type OwnerName,
  ownerName,
  plainAddress,
  type Service,
} from '@callsign/catalog';

/** One service as the zone holds it: read, checked and with everything that answers need worked out. */
export interface ZoneRecord {
  readonly name: OwnerName;
  readonly service: Service;
  readonly kind: HostKind;
  /** The address, or the host's canonical name, or ''. */
  readonly host: string;
  /** Seconds, as answers carry it. */
  readonly ttl: number;
  /** How many labels the name has. */
  readonly depth: number;
  /** The store's revision of the last write. */
  readonly revision: number;
  /** Seconds that its lease was granted for; undefined where it has none. */
  readonly leaseTtl: number | undefined;
}

/** @throws {CallsignError} when the key is no name or the value no service */
export function zoneRecord(entry: Entry, defaultTtl: number): ZoneRecord {
  return readRecord(nameOfKey(entry.key), entry, defaultTtl);
}

/** @throws {CallsignError} when the value is no service */
export function readRecord(
  name: OwnerName,
  { value, revision, leaseTtl }: Omit<Entry, 'key'>,
  defaultTtl: number,
): ZoneRecord {
  const service = decodeService(value);
  const kind = hostKind(service.host);
  return {
    name,
    service,
    kind,
    host: kind === 'name' ? ownerName(service.host) : plainAddress(service.host),
    ttl: Math.min(service.ttl || defaultTtl, leaseTtl ?? Number.POSITIVE_INFINITY),
    depth: depthOf(name),
    revision,
    leaseTtl,
  };
}

/** Labels that stand left of the instance in the names that registrars make: id, node and region. */
const BELOW_INSTANCE = 3;
const STRUCTURED_SOURCES = new Set<unknown>(['docker', 'skydns1']);

/** The name that stands for a record where one is asked for: that of its instance (`redis1.redis.dev.docker.`). */
export function instanceName({ name, service, depth }: ZoneRecord): OwnerName {
  const above = BELOW_INSTANCE + service.targetstrip;
  const structured = STRUCTURED_SOURCES.has(service.callsign?.source) && depth > above + 1;
  return structured ? withoutLabels(name, above) : name;
}

/** The name that a service goes by: its instance's, or where it is a further one, just that. */
export function serviceName(record: ZoneRecord): OwnerName {
  return record.service.callsign?.alias === true ? record.name : instanceName(record);
}

/** What SRV and MX records point at: the record's own name or its name host, less `targetstrip` labels from the left. */
export function targetName({ kind, host, name, service }: ZoneRecord): OwnerName {
  return stripped(kind === 'name' ? host : name, service.targetstrip);
}

/** Too many labels are not cut at all (CoreDNS plugin/etcd, "targetstrip"). */
export function stripped(name: OwnerName, targetstrip: number): OwnerName {
  return targetstrip > 0 && targetstrip < depthOf(name) ? withoutLabels(name, targetstrip) : name;
}

function withoutLabels(name: OwnerName, count: number): OwnerName {
  let at = 0;
  for (let left = count; left > 0; left -= 1) at = name.indexOf('.', at) + 1;
  return name.slice(at);
}
