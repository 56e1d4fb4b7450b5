import { labelsOf } from '@callsign/catalog';
import type { ResourceRecord } from '@callsign/dns';
import type { Claim } from '../static/claims.ts';
import { reach } from '../zone/reach.ts';
import { serviceName, targetName, type ZoneRecord } from '../zone/record.ts';
import { findSource, recordsOf } from '../zone/source.ts';
import type { Zone } from '../zone/zone.ts';

/** Where a record of an answer comes from. */
export type Origin =
  | StoreOrigin
  /** `owner` is a wildcard where the record was made from one. */
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly owner: string }
  | { readonly kind: 'preset'; readonly preset: string }
  /** The nameserver makes it, for there is none: a SOA, what stands for ANY, localhost. */
  | { readonly kind: 'made' }
  | { readonly kind: 'upstream' };

/** A value in the store, and as far as it is told there, who put it and for which container. */
export interface StoreOrigin {
  readonly kind: 'store';
  readonly name: string;
  readonly revision: number;
  readonly node?: string;
  readonly source?: string;
  readonly plugin?: string;
  readonly container?: string;
  readonly image?: string;
}

const MAX_STEPS = 10;

/** Several values of the store may make one record. */
export function originsOf(
  record: ResourceRecord,
  claim: Claim | undefined,
  zone: Zone | undefined,
): Origin[] {
  if (claim?.kind === 'static') return [staticOrigin(record, claim)];
  const stored = zone === undefined ? [] : storedFor(record, zone);
  return stored.length === 0 ? [{ kind: 'made' }] : stored.map(storeOrigin);
}

function staticOrigin(record: ResourceRecord, { served }: Extract<Claim, { kind: 'static' }>): Origin {
  const { kind, text } = served.origin;
  const source = served.zone.sourceOf(record);
  if (kind === 'preset' && source !== undefined && record.type !== 'SOA') return { kind, preset: text };
  if (source === undefined || source.line === 0) return { kind: 'made' };
  return { kind: 'file', file: text, ...source };
}

/** Those behind the name itself; where none of them tells it, those of the whole zone. */
function storedFor(record: ResourceRecord, zone: Zone): ZoneRecord[] {
  const own = behind(record, zone).filter((stored) => tells(stored, record));
  return own.length > 0 ? own : zone.records().filter((stored) => tells(stored, record));
}

function behind({ name }: ResourceRecord, zone: Zone): ZoneRecord[] {
  const domain = zone.domainOf(name);
  if (domain === undefined) return [...zone.reverse.find(name)];
  const source = findSource(zone, name, labelsOf(name), domain);
  const own = source.nodes === undefined ? [] : recordsOf(source);
  return [
    ...new Map(
      [...own, ...reach(zone, name, own, MAX_STEPS).addresses].map((each) => [each.name, each]),
    ).values(),
  ];
}

/** True when a stored value has what a record says. */
function tells(stored: ZoneRecord, record: ResourceRecord): boolean {
  if ('address' in record) return stored.host === record.address;
  if (record.type === 'TXT')
    return stored.service.text !== '' && stored.service.text === record.strings.join('');
  if (record.type === 'CNAME') return stored.host === record.target;
  if (record.type === 'SRV' && record.port !== stored.service.port) return false;
  if (!('target' in record)) return false;
  return [stored.host, stored.name, targetName(stored), serviceName(stored)].includes(record.target);
}

function storeOrigin({ name, revision, service: { callsign = {} } }: ZoneRecord): StoreOrigin {
  const { owner, source, plugin, container, image } = callsign;
  return {
    kind: 'store',
    name,
    revision,
    ...(owner !== undefined && { node: owner }),
    ...(source !== undefined && { source }),
    ...(typeof plugin === 'string' && { plugin }),
    ...(container !== undefined && { container }),
    ...(image !== undefined && { image }),
  };
}
