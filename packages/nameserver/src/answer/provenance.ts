import { labelsOf, type OwnerName } from '@callsign/catalog';
import type { ResourceRecord } from '@callsign/dns';
import type { Claim } from '../static/claims.ts';
import { reach } from '../zone/reach.ts';
import { pointerName, targetName, type ZoneRecord } from '../zone/record.ts';
import { recordsOf } from '../zone/source.ts';
import { findSource } from '../zone/synthesis.ts';
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

/** Stored values by each word that they may say in a record. */
type Sayings = ReadonlyMap<string, readonly ZoneRecord[]>;

/**
 * Tells where the records of one answer come from. What is behind a name is gone through once, however many records the name
 * has: there may be thousands.
 */
export class Provenance {
  readonly #zone: Zone | undefined;
  readonly #behind = new Map<string, Sayings>();
  #everything: Sayings | undefined;

  constructor(zone: Zone | undefined) {
    this.#zone = zone;
  }

  /** Several values of the store may make one record. */
  of(record: ResourceRecord, claim: Claim | undefined): Origin[] {
    if (claim?.kind === 'static') return [staticOrigin(record, claim)];
    const stored = this.#zone === undefined ? [] : this.#storedFor(record, this.#zone);
    return stored.length === 0 ? [{ kind: 'made' }] : stored.map(storeOrigin);
  }

  /** Those behind the name itself; where none of them tells it, those of the whole zone. */
  #storedFor(record: ResourceRecord, zone: Zone): readonly ZoneRecord[] {
    const word = wordOf(record);
    if (word === undefined) return [];
    const own = tellers(this.#sayingsBehind(record.name, zone), word, record);
    if (own.length > 0) return own;
    this.#everything ??= sayingsOf(zone.records());
    return tellers(this.#everything, word, record);
  }

  #sayingsBehind(name: OwnerName, zone: Zone): Sayings {
    const known = this.#behind.get(name) ?? sayingsOf(behind(name, zone));
    this.#behind.set(name, known);
    return known;
  }
}

function staticOrigin(record: ResourceRecord, { served }: Extract<Claim, { kind: 'static' }>): Origin {
  const { kind, text } = served.origin;
  const source = served.zone.sourceOf(record);
  if (kind === 'preset' && source !== undefined && record.type !== 'SOA') return { kind, preset: text };
  if (source === undefined || source.line === 0) return { kind: 'made' };
  return { kind: 'file', file: text, ...source };
}

function behind(name: OwnerName, zone: Zone): ZoneRecord[] {
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

/** What a record says that a stored value can have said; absent: nothing. */
function wordOf(record: ResourceRecord): string | undefined {
  if ('address' in record) return record.address;
  if (record.type === 'TXT') return record.strings.join('') || undefined;
  return 'target' in record ? record.target : undefined;
}

function sayingsOf(records: readonly ZoneRecord[]): Sayings {
  const sayings = new Map<string, ZoneRecord[]>();
  for (const stored of records) {
    for (const word of wordsOf(stored)) {
      const others = sayings.get(word);
      if (others === undefined) sayings.set(word, [stored]);
      else others.push(stored);
    }
  }
  return sayings;
}

function wordsOf(stored: ZoneRecord): ReadonlySet<string> {
  const { host, name, service } = stored;
  return new Set([host, name, targetName(stored), pointerName(stored), service.text]);
}

function tellers(sayings: Sayings, word: string, record: ResourceRecord): readonly ZoneRecord[] {
  return (sayings.get(word) ?? []).filter((stored) => tells(stored, word, record));
}

/** True when the word stands where a record of this type has it from. */
function tells(stored: ZoneRecord, word: string, record: ResourceRecord): boolean {
  if ('address' in record || record.type === 'CNAME') return stored.host === word;
  if (record.type === 'TXT') return stored.service.text === word;
  if (record.type === 'SRV' && record.port !== stored.service.port) return false;
  return [stored.host, stored.name, targetName(stored), pointerName(stored)].includes(word);
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
