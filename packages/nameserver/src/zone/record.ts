import {
  decodeService,
  depthOf,
  type Entry,
  type HostKind,
  hostKind,
  labelsOf,
  nameOfKey,
  type OwnerName,
  ownerName,
  type Service,
  ServiceError,
} from '@callsign/catalog';
import { type FieldProblem, plainAddress } from '@callsign/daemon';

/** What a stored value says, whatever name it stands at. */
export interface ReadValue {
  readonly service: Service;
  readonly kind: HostKind;
  /** The address, or the host's canonical name, or ''. */
  readonly host: string;
}

/** One service as the zone holds it: read, checked and with everything that answers need worked out. */
export interface ZoneRecord extends ReadValue {
  readonly name: OwnerName;
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
  const read = readValue(value);
  return {
    name,
    ...read,
    ttl: Math.min(read.service.ttl || defaultTtl, leaseTtl ?? Number.POSITIVE_INFINITY),
    depth: depthOf(name),
    revision,
    leaseTtl,
  };
}

/** @throws {CallsignError} when the value is no service, or one that no answer has room for */
export function readValue(value: string): ReadValue {
  const service = decodeService(value);
  if (isTooLong(service.text)) throw new ServiceError([LONG_TEXT]);
  const kind = hostKind(service.host);
  return { service, kind, host: kind === 'name' ? ownerName(service.host) : plainAddress(service.host) };
}

/** Bytes that a text has room for in a message, in strings of 255 bytes, beside all else that stands there. */
const MOST_TEXT = 64_000;

export const LONG_TEXT: FieldProblem = {
  field: 'text',
  detail: `must have at most ${MOST_TEXT} bytes: no answer has room for more`,
};

/** No character takes more than three bytes, so most texts need not be measured. */
export function isTooLong(text: string): boolean {
  return text.length * 3 > MOST_TEXT && Buffer.byteLength(text) > MOST_TEXT;
}

/** Characters of a name at most; on the wire it has one byte more (RFC 1035, 2.3.4). */
export const MAX_NAME = 254;

/** The label that stands for a stored `*`. */
const ANY_NAME = 'any-name';

/** How many labels stand left of the instance in the names that are made of what one of these says. */
const BELOW_INSTANCE: ReadonlyMap<unknown, number> = new Map([
  ['docker', 3], // id, node and region; of an alias too
  ['skydns1', 3],
  ['dnsdock', 2], // which of its addresses, and its id
]);

/**
 * The name that a record's service goes by: its instance's (`redis1.redis.dev.docker.`), or where the record is a
 * further name's, that.
 */
export function serviceName({ name, service, depth }: ZoneRecord): OwnerName {
  return withoutLabels(name, labelsBelowService(service, depth));
}

/** How many labels of a record's name stand left of the one that its service goes by. */
export function labelsBelowService({ callsign, targetstrip }: Service, depth: number): number {
  const below = BELOW_INSTANCE.get(callsign?.source) ?? 0;
  const all = below + targetstrip;
  return below > 0 && depth > all + 1 ? all : 0;
}

/** What SRV and MX records point at: the record's own name or its name host, less `targetstrip` labels from the left. */
export function targetName({ kind, host, name, service }: ZoneRecord): OwnerName {
  return kind === 'name'
    ? stripped(host, service.targetstrip)
    : concrete(stripped(name, service.targetstrip));
}

/** What the PTR record of an address points at. */
export function pointerName(record: ZoneRecord): OwnerName {
  return concrete(serviceName(record));
}

/**
 * Nobody can go to `*.web.docker.`, so a wildcard is pointed at by one of the names that it answers for, which is the
 * same whatever was asked: records are copied from a wildcard as they stand, by secondaries too (RFC 4592, 3.3.1).
 */
function concrete(name: OwnerName): OwnerName {
  if (!name.includes('*')) return name;
  const labels = labelsOf(name).map((label) => (label === '*' ? ANY_NAME : label));
  const made = `${labels.join('.')}.`;
  return made.length <= MAX_NAME ? made : name;
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
