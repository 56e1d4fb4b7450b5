import type { OwnerName } from '@callsign/catalog';
import { type ResourceRecord, splitText } from '@callsign/dns';
import { targetName, type ZoneRecord } from './record.ts';

export const DEFAULT_PRIORITY = 10;
const DEFAULT_WEIGHT = 100;
/** The weights of one priority are scaled to this sum, as SkyDNS does. */
const WEIGHT_SUM = 100;
const NO_SRV = -1;

export type AddressType = 'A' | 'AAAA';

function addressType({ kind }: ZoneRecord): AddressType | undefined {
  return ({ ipv4: 'A', ipv6: 'AAAA' } as const)[kind as 'ipv4' | 'ipv6'];
}

export function isAddress(record: ZoneRecord): boolean {
  return addressType(record) !== undefined;
}

export function addressRecords(
  owner: OwnerName,
  records: readonly ZoneRecord[],
  type: AddressType,
): ResourceRecord[] {
  const fitting = records.filter((record) => addressType(record) === type);
  return distinct(fitting.map(({ host, ttl }) => ({ name: owner, ttl, type, address: host })));
}

export function textRecords(owner: OwnerName, records: readonly ZoneRecord[]): ResourceRecord[] {
  const telling = records.filter(({ service }) => service.text !== '');
  return distinct(
    telling.map(({ service, ttl }) => ({ name: owner, ttl, type: 'TXT', strings: splitText(service.text) })),
  );
}

/** Equal ones become one whose weight is their sum; then the weights of each priority are scaled. */
export function srvRecords(owner: OwnerName, records: readonly ZoneRecord[]): ResourceRecord[] {
  const merged = new Map<string, SrvDraft>();
  const sums = new Map<number, number>();
  for (const record of records.filter(isSrv)) {
    const draft = srvDraft(record);
    const { priority, weight, port, target } = draft;
    const id = `${priority} ${port} ${target}`;
    const same = merged.get(id);
    merged.set(id, {
      ...draft,
      weight: weight + (same?.weight ?? 0),
      ttl: Math.min(draft.ttl, same?.ttl ?? draft.ttl),
    });
    sums.set(priority, (sums.get(priority) ?? 0) + weight);
  }
  return distinct(
    [...merged.values()].map(({ ttl, priority, weight, port, target }) => {
      const scaled = Math.floor((weight * WEIGHT_SUM) / (sums.get(priority) as number));
      return { name: owner, ttl, type: 'SRV', priority, weight: scaled, port, target };
    }),
  );
}

interface SrvDraft {
  readonly ttl: number;
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: OwnerName;
}

/** A record without a host has nothing to point at; port -1 is how CoreDNS keeps one out of SRV. */
export function isSrv({ kind, service }: ZoneRecord): boolean {
  return kind !== 'none' && service.port !== NO_SRV;
}

function srvDraft(record: ZoneRecord): SrvDraft {
  const { priority, weight, port } = record.service;
  return {
    ttl: record.ttl,
    priority: priority || DEFAULT_PRIORITY,
    weight: weight || DEFAULT_WEIGHT,
    port,
    target: targetName(record),
  };
}

export function isMail({ kind, service }: ZoneRecord): boolean {
  return service.mail && kind !== 'none';
}

export function mxRecords(owner: OwnerName, records: readonly ZoneRecord[]): ResourceRecord[] {
  return distinct(
    records.filter(isMail).map((record) => {
      const preference = record.service.priority || DEFAULT_PRIORITY;
      return { name: owner, ttl: record.ttl, type: 'MX', preference, target: targetName(record) };
    }),
  );
}

/** The address that a record's own name stands for, where that name is used as a target. */
export function glueOf(record: ZoneRecord): ResourceRecord[] {
  const type = addressType(record);
  return type === undefined
    ? []
    : [{ name: targetName(record), ttl: record.ttl, type, address: record.host }];
}

/**
 * RRsets as RFC 2181 has them: no record twice (5), one TTL in each set, the smallest (5.2), and the records of
 * one set side by side.
 */
export function distinct(records: readonly ResourceRecord[]): ResourceRecord[] {
  const sets = new Map<string, { ttl: number; readonly records: Map<string, ResourceRecord> }>();
  for (const record of records) {
    const id = `${record.name} ${record.type}`;
    const set = sets.get(id) ?? { ttl: record.ttl, records: new Map<string, ResourceRecord>() };
    set.ttl = Math.min(set.ttl, record.ttl);
    set.records.set(rdataId(record), record);
    sets.set(id, set);
  }
  return [...sets.values()].flatMap((set) =>
    [...set.records.values()].map((record) => withTtl(record, set.ttl)),
  );
}

function withTtl(record: ResourceRecord, ttl: number): ResourceRecord {
  return record.ttl === ttl ? record : { ...record, ttl };
}

function rdataId({ name: _name, ttl: _ttl, ...rdata }: ResourceRecord): string {
  return 'address' in rdata ? rdata.address : JSON.stringify(rdata);
}
