import { isWithin, labelsOf, type OwnerName } from '@callsign/catalog';
import { presentName } from '@callsign/dns';
import { declaredBy } from './declared.ts';
import type { Node } from './node.ts';
import { MAX_NAME, type ZoneRecord } from './record.ts';
import { isSrv } from './rrsets.ts';
import { ANY_LABEL, findStored, recordsOf } from './source.ts';
import { TRAIT } from './traits.ts';
import type { Zone } from './zone.ts';

/**
 * What a service's own words make of it below its name and below every name above it (RFC 8552: underscored names),
 * without being stored there:
 *
 *     portname http, protocol tcp     _http._tcp         SRV     RFC 2782
 *     scheme https, port 8443         the name itself    HTTPS   RFC 9460, 9.1
 *                                     _8443._https       HTTPS
 *                                     _https._tcp        SRV
 *     scheme imaps, port 993          _imaps             SVCB    RFC 9460, 2.3
 *                                     _993._imaps        SVCB
 *                                     _imaps._tcp        SRV
 */
export interface Attribute {
  /** What stands left of the name; '' for the name itself. */
  readonly prefix: string;
  readonly type: 'SRV' | 'HTTPS' | 'SVCB';
  /** The port number that a client of this name comes with, where it is known. */
  readonly port: number | undefined;
  readonly record: ZoneRecord;
}

/** A name that exists because of what is declared. Without attributes: there is only something below it. */
export interface Made {
  readonly kind: 'made';
  readonly owner: OwnerName;
  readonly anchor: Node;
  readonly attributes: readonly Attribute[];
}

/** What declarations make of a name; it holds as long as nothing changes at the anchor or below. */
type Underscored =
  | Made
  /** They make nothing of it. */
  | { readonly kind: 'unmade'; readonly anchor: Node };

const HTTPS_PORT = 443;

/**
 * Finds what declarations make of a name whose first labels have underscores. A stored name is not found here: it
 * wins.
 */
export function findUnderscored(
  zone: Zone,
  owner: OwnerName,
  labels: readonly string[],
  domain: OwnerName,
): Underscored | undefined {
  const count = labels.findIndex((label) => !label.startsWith('_'));
  const name = owner.split('.').slice(count).join('.');
  if (count < 1 || !isWithin(name, domain)) return undefined;
  const { found } = zone.closest(labels);
  const source = findStored(zone, name, labels.slice(count), domain);
  if (found === labels.length || source.nodes === undefined) return undefined;
  const { anchor } = source;
  const all = recordsOf(source, TRAIT.declared).flatMap(attributesOf);
  const prefix = labels.slice(0, count).join('.');
  const attributes = all.filter((attribute) => attribute.prefix === prefix);
  if (attributes.length > 0 || isAbove(prefix, all)) return { kind: 'made', owner, anchor, attributes };
  return { kind: 'unmade', anchor };
}

/** True for a name that exists because of what is declared: no wildcard answers below it (RFC 4592, 3.3.1). */
export function isMade(zone: Zone, labels: readonly string[], domain: OwnerName): boolean {
  return findUnderscored(zone, presentName(labels), labels, domain)?.kind === 'made';
}

function isAbove(prefix: string, attributes: readonly Attribute[]): boolean {
  return attributes.some((attribute) => attribute.prefix.endsWith(`.${prefix}`));
}

/** The names below a node that are answered though they are not stored, empty non-terminals included. */
export function underscoredNames(name: OwnerName, node: Node): OwnerName[] {
  if (node.label.startsWith('_') || ANY_LABEL.has(node.label)) return [];
  const source = { owner: name, anchor: node, nodes: [node], exact: node.record };
  const prefixes = recordsOf(source, TRAIT.declared)
    .flatMap(attributesOf)
    .map(({ prefix }) => prefix)
    .filter((prefix) => prefix !== '');
  const all = prefixes.flatMap((prefix) => [prefix, ...labelsOf(`${prefix}.`).slice(1)]);
  return [...new Set(all)].map((prefix) => `${prefix}.${name}`).filter(({ length }) => length <= MAX_NAME);
}

/** The services that a name itself is the https origin of. */
export function webServices(records: readonly ZoneRecord[]): Attribute[] {
  return records.flatMap(attributesOf).filter(({ prefix }) => prefix === '');
}

function attributesOf(record: ZoneRecord): Attribute[] {
  if (!isSrv(record)) return [];
  const { portName, protocol, scheme } = declaredBy(record);
  const words = [...new Set([portName, scheme])].filter((word) => word !== undefined);
  const services = words.map(
    (word) => ({ prefix: `_${word}._${protocol}`, type: 'SRV', port: undefined, record }) as const,
  );
  return [...services, ...bindingsOf(record, scheme)];
}

/** A client of plain http asks for HTTPS to learn that it should not be plain (RFC 9460, 9.5): there is none. */
function bindingsOf(record: ZoneRecord, scheme: string | undefined): Attribute[] {
  const { port } = record.service;
  if (scheme === undefined || scheme === 'http') return [];
  const numbered = { prefix: `_${port}._${scheme}`, port, record };
  if (scheme !== 'https') {
    const own = { prefix: `_${scheme}`, type: 'SVCB', port: undefined, record } as const;
    return port === 0 ? [own] : [own, { ...numbered, type: 'SVCB' }];
  }
  const own = { prefix: '', type: 'HTTPS', port: HTTPS_PORT, record } as const;
  return port === 0 || port === HTTPS_PORT ? [own] : [own, { ...numbered, type: 'HTTPS' }];
}
