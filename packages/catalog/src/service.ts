import { isIP, isIPv4 } from 'node:net';
import { CallsignError, type FieldProblem, plainAddress } from '@callsign/daemon';
import { ownerName } from './names.ts';

/**
 * One service: SkyDNS's message, as SkyDNS 2, CoreDNS's etcd plugin and external-dns write it
 * (coredns plugin/etcd/msg/service.go), with all that is ours in `callsign`. Every field but that is
 * always present; what a message leaves out has the value that Go's decoder gives it.
 */
export interface Service {
  /** An IPv4 or IPv6 address, a name, or '' for none. */
  readonly host: string;
  /** 0 to 65535, 0 when absent; -1 keeps the service out of SRV answers. */
  readonly port: number;
  /** SRV priority and MX preference, 0 to 65535; 0 stands for 10. */
  readonly priority: number;
  /** SRV weight before scaling, 0 to 65535; 0 stands for 100. */
  readonly weight: number;
  readonly text: string;
  /** True: the service is a mail exchanger too. */
  readonly mail: boolean;
  /** Seconds; 0: the nameserver's `--ttl`. */
  readonly ttl: number;
  /** How many labels are cut from the left of the record's own name when it is an SRV or MX target. */
  readonly targetstrip: number;
  readonly group: string;
  readonly callsign?: Provenance;
}

/** Where a record came from. Other readers of the store ignore it. */
export interface Provenance {
  /** The node whose registrar keeps this record; a registrar touches no other. */
  readonly owner?: string;
  /** `docker`, `rest`, `skydns1`. */
  readonly source?: string;
  /** The container's id, 64 hex digits. */
  readonly container?: string;
  readonly image?: string;
  readonly network?: string;
  /** What the container's health check says: `starting`, `healthy` or `unhealthy`; absent: it has none. */
  readonly health?: string;
  /** When it began: of a container its last start, of a service put by hand its first writing (RFC 3339). */
  readonly since?: string;
  /** `tcp`, `udp` or `sctp`. */
  readonly protocol?: string;
  /** What the port is called, for SRV questions by service and protocol: `http` in `_http._tcp` (RFC 2782). */
  readonly portname?: string;
  /** The scheme of its URLs, for HTTPS and SVCB (RFC 9460); it is a port name too. */
  readonly scheme?: string;
  /** The protocols that TLS may negotiate there, best first: `["h2", "http/1.1"]` (RFC 7301). */
  readonly alpn?: readonly string[];
  /** True: a further name of a container that has one of its own. */
  readonly alias?: boolean;
  readonly [field: string]: unknown;
}

export const EMPTY_SERVICE: Service = {
  host: '',
  port: 0,
  priority: 0,
  weight: 0,
  text: '',
  mail: false,
  ttl: 0,
  targetstrip: 0,
  group: '',
};

/** A value that is no service, with everything that is wrong with it. */
export class ServiceError extends CallsignError {
  readonly problems: readonly FieldProblem[];

  constructor(problems: readonly FieldProblem[]) {
    super('SERVICE_INVALID', problems.map(({ field, detail }) => `${field} ${detail}`).join('; '));
    this.problems = problems;
  }
}

/** What a value is checked for: the field's name, and what is wrong with the value, if anything. */
const FIELDS: Readonly<Record<keyof Service, (value: unknown) => string | undefined>> = {
  host: (value) => textProblem(value) ?? hostProblem(value as string),
  port: integer(-1, 65_535),
  priority: integer(0, 65_535),
  weight: integer(0, 65_535),
  text: textProblem,
  mail: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  ttl: integer(0, 2 ** 31 - 1), // RFC 2181, 8
  targetstrip: integer(0, 127),
  group: textProblem,
  callsign: (value) => (isObject(value) ? undefined : 'must be an object'),
};

/**
 * Reads a stored value.
 * @throws {ServiceError} when it is not a message that can be served
 */
export function decodeService(value: string): Service {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw new ServiceError([{ field: 'value', detail: 'is not JSON' }]);
  }
  return checkService(parsed);
}

/**
 * A service from an object that came from outside. Field names are matched whatever their case, unknown ones
 * are ignored and null means absent, as Go's decoder has it for every other reader of the same value.
 * @throws {ServiceError} naming every field that is wrong
 */
export function checkService(value: unknown): Service {
  if (!isObject(value)) throw new ServiceError([{ field: 'value', detail: 'must be a JSON object' }]);
  const found: Record<string, unknown> = { ...EMPTY_SERVICE };
  const problems: FieldProblem[] = [];
  for (const [name, content] of Object.entries(value)) {
    const field = fieldNamed(name);
    if (content === null || field === undefined) continue;
    const detail = FIELDS[field](content);
    if (detail === undefined) found[field] = content;
    else problems.push({ field, detail });
  }
  if (problems.length > 0) throw new ServiceError(problems);
  return found as unknown as Service;
}

function fieldNamed(name: string): keyof Service | undefined {
  if (Object.hasOwn(FIELDS, name)) return name as keyof Service;
  const field = name.toLowerCase();
  return Object.hasOwn(FIELDS, field) ? (field as keyof Service) : undefined;
}

/** The message as it is stored: only what differs from an empty one. */
export function encodeService(service: Service): string {
  const told = Object.entries(service).filter(
    ([field, value]) => value !== EMPTY_SERVICE[field as keyof Service],
  );
  return JSON.stringify(Object.fromEntries(told));
}

export type HostKind = 'none' | 'ipv4' | 'ipv6' | 'name';

/** What a host is. An IPv4 address in IPv6 clothes (`::ffff:10.0.0.1`) is one of IPv4, as Go sees it. */
export function hostKind(host: string): HostKind {
  if (host === '') return 'none';
  if (isIPv4(plainAddress(host))) return 'ipv4';
  return isIP(host) === 6 && !host.includes('%') ? 'ipv6' : 'name';
}

/** A name as hosts have them (RFC 1123, 2.1), underscores besides; no address has anything but digits at its end. */
const HOST_NAME = /^(?:[a-z0-9_-]+\.)*(?!\d+\.?$)[a-z0-9_-]+\.?$/i;

/** False for what a zone could hold and nobody could mean: `10.0.0.256`, `10.0.0.1:80`, `10.0.0.1;x`, `fe80::1%eth0`. */
export function isMeantHost(host: string): boolean {
  return hostKind(host) !== 'name' || HOST_NAME.test(host);
}

function hostProblem(host: string): string | undefined {
  if (hostKind(host) !== 'name') return undefined;
  try {
    ownerName(host);
    return undefined;
  } catch (error) {
    return `is neither an address nor a name: ${(error as Error).message}`;
  }
}

function textProblem(value: unknown): string | undefined {
  return typeof value === 'string' ? undefined : 'must be a string';
}

function integer(least: number, most: number): (value: unknown) => string | undefined {
  return (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `must be a whole number from ${least} to ${most}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
