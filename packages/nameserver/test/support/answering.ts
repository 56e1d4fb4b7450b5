import type { Batch, Entry } from '@callsign/catalog';
import { type Clock, silentLog } from '@callsign/daemon';
import { type Exchange, MAX_MESSAGE, type Recursor, type Transport } from '@callsign/dns';
import { DnsCounters, type Views, Zone, ZoneResponder } from '@callsign/nameserver';
import dnsPacket, { type Answer, type DecodedPacket, type RecordType } from 'dns-packet';
import { presentBinding } from './service-binding.ts';

/** A reply as a zone file would have it, read by a codec that is not ours. */
export interface Seen {
  readonly rcode: string;
  readonly aa: boolean;
  readonly ra: boolean;
  readonly tc: boolean;
  readonly answer: readonly string[];
  readonly ns: readonly string[];
  readonly extra: readonly string[];
  readonly size: number;
}

export interface Asking {
  readonly transport?: Transport;
  /** Payload size to offer by EDNS; absent: no EDNS. */
  readonly edns?: number;
  /** The client's address. */
  readonly from?: string;
}

export interface AnsweringOptions {
  readonly domains: readonly string[];
  readonly entries: readonly Entry[];
  readonly ttl?: number;
  readonly negativeTtl?: number;
  readonly local?: string;
  readonly catchAll?: boolean;
  readonly recursor?: Recursor;
  readonly refused?: string[];
  readonly views?: Views;
  readonly elsewhere?: (name: string) => boolean;
  readonly apexes?: readonly string[];
  readonly clock?: Clock;
  readonly cookieSecrets?: readonly Uint8Array[];
  /** For whom others are asked; absent: everyone. */
  readonly mayRecurse?: (peer: string) => boolean;
}

/** A responder over a zone with these entries, asked in bytes as a listener would. */
export function answering(options: AnsweringOptions) {
  const { domains, entries, ttl = 300, negativeTtl = 30, refused = [] } = options;
  const { recursor, views, elsewhere, local, catchAll = false, clock, cookieSecrets, mayRecurse } = options;
  const { apexes } = options;
  const counters = new DnsCounters();
  const responder = new ZoneResponder({
    log: silentLog,
    counters,
    domains,
    answerBytes: 1 << 20,
    ...(recursor && { recursor }),
    ...(views && { views }),
    ...(clock && { clock }),
    ...(cookieSecrets && { cookieSecrets }),
    ...(mayRecurse && { mayRecurse }),
  });
  const around = { ...(elsewhere && { elsewhere }), ...(apexes && { apexes }) };
  const told = { ...around, ...(local !== undefined && { local }) };
  const zoneOptions = {
    domains,
    ttl,
    negativeTtl,
    catchAll,
    ...told,
    onRefused: (key: string) => void refused.push(key),
  };
  const zone = Zone.of({ revision: 1, entries }, zoneOptions);
  responder.publish(zone);
  return {
    zone,
    counters,
    responder,
    apply: (batch: Batch) => zone.apply(batch),
    ask: async (name: string, type: string, asking: Asking = {}): Promise<Seen> =>
      seen(
        await exchange(responder, questionBytes(name, type, asking), asking.transport ?? 'udp', asking.from),
      ),
  };
}

/** Entries from a table of key and message. */
export function entriesOf(table: Readonly<Record<string, object | string>>): Entry[] {
  return Object.entries(table).map(([key, value], at) => ({
    key,
    value: typeof value === 'string' ? value : JSON.stringify(value),
    revision: at + 1,
  }));
}

export function questionBytes(name: string, type: string, { edns }: Asking = {}): Buffer {
  const additionals =
    edns === undefined
      ? []
      : [{ type: 'OPT' as const, name: '.', udpPayloadSize: edns, flags: 0, options: [] }];
  return dnsPacket.encode({
    type: 'query',
    id: 4711,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ name: name.replace(/\.$/, ''), type: (CODEC_TYPES.get(type) ?? type) as RecordType }],
    additionals: additionals as unknown as Answer[],
  });
}

/** Types that the codec has no name for. */
const CODEC_TYPES = new Map([
  ['SVCB', 'UNKNOWN_64'],
  ['HTTPS', 'UNKNOWN_65'],
]);
const TYPE_NAMES = new Map([...CODEC_TYPES].map(([name, codecs]) => [codecs, name]));

/** One for all questions, as a listener has it. */
const REPLY = Buffer.alloc(MAX_MESSAGE);

/** Hands bytes to a responder and waits for the reply, at once or later. */
export async function exchange(
  responder: ZoneResponder,
  query: Buffer,
  transport: Transport,
  peer = '127.0.0.1',
): Promise<Buffer> {
  const later = Promise.withResolvers<Buffer>();
  const way: Exchange = {
    transport,
    peer,
    defer: () => (bytes) => later.resolve(Buffer.from(bytes)),
  };
  const size = responder.respond(query, query.length, REPLY, way);
  return size > 0 ? Buffer.from(REPLY.subarray(0, size)) : later.promise;
}

export function seen(bytes: Buffer): Seen {
  const message = dnsPacket.decode(bytes) as DecodedPacket & { rcode: string };
  const flags = message.flags ?? 0;
  return {
    rcode: message.rcode,
    aa: (flags & 0x0400) !== 0,
    ra: (flags & 0x0080) !== 0,
    tc: (flags & 0x0200) !== 0,
    answer: (message.answers ?? []).map(line),
    ns: (message.authorities ?? []).map(line),
    extra: (message.additionals ?? []).filter(({ type }) => type !== 'OPT').map(line),
    size: bytes.length,
  };
}

function line(record: Answer): string {
  const { name, type } = record;
  const ttl = 'ttl' in record ? record.ttl : 0;
  return `${name}. ${ttl} IN ${TYPE_NAMES.get(type) ?? type} ${rdata(record)}`.replace('.. ', '. ');
}

function rdata(record: Answer): string {
  switch (record.type) {
    case 'SRV': {
      const { priority, weight, port, target } = record.data;
      return `${priority} ${weight} ${port} ${target}.`;
    }
    case 'MX':
      return `${record.data.preference} ${record.data.exchange}.`;
    case 'TXT':
      return [record.data]
        .flat()
        .map((text) => `"${text}"`)
        .join(' ');
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
      return `${mname}. ${rname}. ${serial} ${refresh} ${retry} ${expire} ${minimum}`;
    }
    case 'HINFO':
      return `"${record.data.cpu}" "${record.data.os}"`;
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return `${record.data}.`;
    default: {
      const { data } = record as { data: unknown };
      return TYPE_NAMES.has(record.type) ? presentBinding(data as Buffer) : String(data);
    }
  }
}
