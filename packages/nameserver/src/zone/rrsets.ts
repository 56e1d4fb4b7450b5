import type { OwnerName } from '@callsign/catalog';
import { addressBytes, type ResourceRecord, splitText } from '@callsign/dns';
import { type ReadValue, targetName, type ZoneRecord } from './record.ts';

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

/** Equal ones become one, then the weights of each priority are scaled. */
export function srvRecords(owner: OwnerName, records: readonly ZoneRecord[]): ResourceRecord[] {
  const drafts = srvDrafts(records.filter(isSrv));
  const sums = new Map<number, number>();
  for (const draft of drafts) {
    sums.set(draft.priority, (sums.get(draft.priority) ?? 0) + weightOf(draft));
  }
  return distinct(
    drafts.map((draft) => {
      const { ttl, priority, port, target } = draft;
      const weight = Math.floor((weightOf(draft) * WEIGHT_SUM) / (sums.get(priority) as number));
      return { name: owner, ttl, type: 'SRV', priority, weight, port, target };
    }),
  );
}

interface SrvDraft {
  readonly ttl: number;
  readonly priority: number;
  readonly port: number;
  readonly target: OwnerName;
  /** The sums of what its IPv4 and its IPv6 addresses weigh. */
  readonly weights: readonly [ipv4: number, ipv6: number];
}

function srvDrafts(records: readonly ZoneRecord[]): readonly SrvDraft[] {
  const merged = new Map<string, SrvDraft>();
  for (const record of records) {
    const draft = srvDraft(record);
    const id = `${draft.priority} ${draft.port} ${draft.target}`;
    merged.set(id, together(merged.get(id), draft));
  }
  return [...merged.values()];
}

function together(one: SrvDraft | undefined, other: SrvDraft): SrvDraft {
  if (one === undefined) return other;
  const [ipv4, ipv6] = one.weights;
  const weights = [ipv4 + other.weights[0], ipv6 + other.weights[1]] as const;
  return { ...other, ttl: Math.min(one.ttl, other.ttl), weights };
}

/** A server with addresses of both families is one server: it weighs what it does with those of one of them. */
function weightOf({ weights }: SrvDraft): number {
  return Math.max(...weights);
}

/** A record without a host has nothing to point at; port -1 is how CoreDNS keeps one out of SRV. */
export function isSrv({ kind, service }: ReadValue): boolean {
  return kind !== 'none' && service.port !== NO_SRV;
}

function srvDraft(record: ZoneRecord): SrvDraft {
  const { priority, weight: told, port } = record.service;
  const weight = told || DEFAULT_WEIGHT;
  return {
    ttl: record.ttl,
    priority: priority || DEFAULT_PRIORITY,
    port,
    target: targetName(record),
    weights: record.kind === 'ipv6' ? [0, weight] : [weight, 0],
  };
}

export function isMail({ kind, service }: ReadValue): boolean {
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

/** Equal for equal rdata: an IPv6 address has many texts. */
function rdataId({ name: _name, ttl: _ttl, ...rdata }: ResourceRecord): string {
  if (rdata.type === 'AAAA') return (addressBytes(rdata.address) as Buffer).toString('latin1');
  return 'address' in rdata ? rdata.address : JSON.stringify(rdata);
}
