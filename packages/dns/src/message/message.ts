import { CallsignError } from '@callsign/daemon';
import Packet, { type NativeRecord } from 'native-dns-packet';
import { addressBytesOf, shortAddress } from '../address.ts';
import { characterString } from './character-string.ts';
import { CLASS, EDNS_PAYLOAD, FLAG, HEADER, MAX_LABEL, MAX_MESSAGE, RECORD_HEAD, TYPE } from './constants.ts';
import { inspectMessage, isJudged, LAYOUT } from './inspect.ts';
import { nameAt, rawLabel } from './name.ts';
import { questionEnd, skipName } from './question.ts';
import { type ResourceRecord, typeNumber } from './record.ts';
import { bindingBytes } from './service-binding.ts';

/** A message as values. Names are in text form with their trailing dot. */
export interface Message {
  readonly id: number;
  /** The header's flag bits, see FLAG; opcode and rcode are apart. */
  readonly flags: number;
  readonly rcode: number;
  readonly question: { readonly name: string; readonly type: number; readonly class: number };
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  /** Without OPT, which `edns` stands for. */
  readonly additional: readonly ResourceRecord[];
  /** The sender's payload size and DO bit, when the message has an OPT record. */
  readonly edns?: { readonly payload: number; readonly dnssecOk: boolean };
}

export class MessageError extends CallsignError {
  constructor(message: string, cause?: unknown) {
    super('MESSAGE_INVALID', message, cause === undefined ? {} : { cause });
  }
}

/**
 * Takes a message apart. The codec is native-dns-packet, which hangs on a name that points to itself and reads
 * past lengths that lie: `inspectMessage` judges every packet before it is handed over, and the types that it does
 * not know are hidden from the codec, which knows some of them and trusts their rdata. Names are read here, for in the
 * codec's text a dot inside a label looks like one between labels.
 *
 * @throws {MessageError} for whatever is no whole message with one question
 */
export function decodeMessage(bytes: Buffer): Message {
  const inspected = inspectMessage(bytes);
  if (inspected.fault !== undefined) throw new MessageError(`not a DNS message: ${inspected.fault}`);
  const packet = parse(hidden(bytes, inspected.types));
  const natives = [...packet.answer, ...packet.authority, ...packet.additional];
  const places = placesOf(bytes, inspected.types);
  const records = places.map((place, at) => withNames(natives[at] as NativeRecord, bytes, place));
  const answers = packet.answer.length;
  const authorities = answers + packet.authority.length;
  const question = packet.question[0] as Packet['question'][number];
  const opt = records.find(({ type }) => type === TYPE.OPT);
  return {
    id: packet.header.id,
    flags: bytes.readUInt16BE(2) & 0x87f0,
    rcode: packet.header.rcode + (opt === undefined ? 0 : (opt.ttl >>> 24) << 4),
    question: { ...question, name: nameAt(bytes, HEADER) },
    answer: recordsOf(records.slice(0, answers)),
    authority: recordsOf(records.slice(answers, authorities)),
    additional: recordsOf(records.slice(authorities)),
    ...(opt && { edns: { payload: opt.class, dnssecOk: ((opt.ttl >>> 15) & 1) === 1 } }),
  };
}

/** Where a record begins, with its owner name, and where its type stands. */
interface RecordPlace {
  readonly owner: number;
  readonly fixed: number;
}

/** Each record begins where the one before ends, the first one behind the question. */
function placesOf(bytes: Buffer, types: readonly number[]): RecordPlace[] {
  const ends = types.map((fixed) => fixed + RECORD_HEAD + bytes.readUInt16BE(fixed + 8));
  return types.map((fixed, at) => ({ owner: ends[at - 1] ?? questionEnd(bytes), fixed }));
}

/** A record as the codec reads it, with its true type and its names: the owner's, then those in its rdata. */
interface NamedRecord extends NativeRecord {
  readonly names: readonly string[];
}

function withNames(native: NativeRecord, bytes: Buffer, { owner, fixed }: RecordPlace): NamedRecord {
  const type = bytes.readUInt16BE(fixed);
  const [before, count] = LAYOUT.get(type) ?? [0, 0];
  const names = [nameAt(bytes, owner)];
  let at = fixed + RECORD_HEAD + before;
  while (names.length <= count) {
    names.push(nameAt(bytes, at));
    at = skipName(bytes, at, bytes.length);
  }
  return { ...native, type, names };
}

/** A type that nobody has a meaning for (RFC 6895, 3.1: private use). */
const HIDDEN = 65_280;

function hidden(bytes: Buffer, types: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const at of types) if (!isJudged(bytes.readUInt16BE(at))) copy.writeUInt16BE(HIDDEN, at);
  return copy;
}

/**
 * Puts a message together.
 * @throws {MessageError} for a value that its field cannot hold, and for more than 64 KiB
 */
export function encodeMessage(message: Message): Buffer {
  const into = Buffer.alloc(MAX_MESSAGE);
  try {
    return into.subarray(0, Packet.write(into, packetOf(message)));
  } catch (cause) {
    // The codec's own truncation fails with a ReferenceError: nothing is cut here, whoever calls measures.
    throw new MessageError('the message cannot be written', cause);
  }
}

function packetOf(message: Message): Packet {
  const packet = new Packet();
  packet.header = headerOf(message);
  packet.question = [{ ...message.question, name: packed(message.question.name) }];
  packet.answer = message.answer.map(nativeOf);
  packet.authority = message.authority.map(nativeOf);
  packet.additional = [...message.additional.map(nativeOf), ...optOf(message)];
  return packet;
}

/** A plain question with EDNS, as a client or forwarder asks it. */
export function encodeQuestion(id: number, name: string, type: number, dnssecOk = false): Buffer {
  const question = { name, type, class: CLASS.IN };
  const edns = { payload: EDNS_PAYLOAD, dnssecOk };
  return encodeMessage({
    id,
    flags: FLAG.RD,
    rcode: 0,
    question,
    answer: [],
    authority: [],
    additional: [],
    edns,
  });
}

function parse(bytes: Buffer): Packet {
  try {
    return Packet.parse(bytes);
  } catch (cause) {
    throw new MessageError('not a DNS message', cause);
  }
}

function headerOf({ id, flags, rcode }: Message): Packet['header'] {
  const bit = (mask: number) => ((flags & mask) === 0 ? 0 : 1);
  return {
    id,
    qr: bit(FLAG.QR),
    opcode: 0,
    aa: bit(FLAG.AA),
    tc: bit(FLAG.TC),
    rd: bit(FLAG.RD),
    ra: bit(FLAG.RA),
    res1: 0,
    res2: bit(FLAG.AD),
    res3: bit(FLAG.CD),
    rcode: rcode & 15,
  };
}

function optOf({ edns, rcode }: Message): NativeRecord[] {
  if (edns === undefined) return [];
  const ttl = ((rcode >> 4) << 24) | (edns.dnssecOk ? 0x8000 : 0);
  return [{ name: '', type: TYPE.OPT, class: edns.payload, ttl, options: [] }];
}

/** OPT is no data, wherever it stands (RFC 6891, 6.1.1). */
function recordsOf(records: readonly NamedRecord[]): ResourceRecord[] {
  return records.filter(({ type }) => type !== TYPE.OPT).map(recordOf);
}

function recordOf(native: NamedRecord): ResourceRecord {
  const { ttl, type, names } = native;
  const [name = '.', target = '.', rname = '.'] = names;
  const head = { name, ttl };
  switch (type) {
    case TYPE.A:
      return { ...head, type: 'A', address: native.address as string };
    case TYPE.AAAA:
      return { ...head, type: 'AAAA', address: shortAddress(native.address as string) };
    case TYPE.CNAME:
      return { ...head, type: 'CNAME', target };
    case TYPE.NS:
      return { ...head, type: 'NS', target };
    case TYPE.PTR:
      return { ...head, type: 'PTR', target };
    case TYPE.MX:
      return { ...head, type: 'MX', preference: native.priority as number, target };
    case TYPE.SRV: {
      const { priority = 0, weight = 0, port = 0 } = native;
      return { ...head, type: 'SRV', priority, weight, port, target };
    }
    case TYPE.TXT:
      return { ...head, type: 'TXT', strings: native.data as string[] };
    case TYPE.SOA:
      return { ...head, type: 'SOA', mname: target, rname, ...timesOf(native) };
    default:
      return { ...head, type: 'OTHER', number: type, rdata: rawRdata(native) };
  }
}

function timesOf({ serial = 0, refresh = 0, retry = 0, expiration = 0, minimum = 0 }: NativeRecord) {
  return { serial, refresh, retry, expire: expiration, minimum };
}

function nativeOf(record: ResourceRecord): NativeRecord {
  const head = {
    name: packed(record.name),
    type: typeNumber(record),
    class: CLASS.IN,
    ttl: signed(record.ttl),
  };
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return { ...head, address: familyOf(record.type, record.address) };
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return { ...head, data: packed(record.target) };
    case 'MX':
      return { ...head, priority: record.preference, exchange: packed(record.target) };
    case 'SRV':
      return {
        ...head,
        priority: record.priority,
        weight: record.weight,
        port: record.port,
        target: packed(record.target),
      };
    case 'TXT':
      return { ...head, data: record.strings.length === 0 ? [''] : [...record.strings] };
    case 'HINFO':
      return { ...head, data: Buffer.concat([record.cpu, record.os].map(characterString)) };
    case 'SOA': {
      const { mname, rname, expire, serial, refresh, retry, minimum } = record;
      const times = { serial: signed(serial), refresh, retry, expiration: expire, minimum };
      return { ...head, primary: packed(mname), admin: packed(rname), ...times };
    }
    case 'SVCB':
    case 'HTTPS':
      return { ...head, data: bindingBytes(record) };
    case 'OTHER':
      return { ...head, data: record.rdata };
  }
}

/**
 * The codec writes an address of the wrong family without a word, and takes the last groups of `::10.0.0.1` for
 * an IPv4 address in IPv6 clothes: it is given all eight groups.
 */
function familyOf(type: 'A' | 'AAAA', address: string): string {
  const bytes = addressBytesOf(address, type === 'A' ? 4 : 16);
  return type === 'A' ? address : (bytes.toString('hex').match(/.{4}/g) as string[]).join(':');
}

/** The codec masks with 32 bits and then writes unsigned: what has the top bit set would throw. */
function signed(value: number): number {
  if (value < 2 ** 31) return value;
  throw new RangeError(`${value} does not fit into 31 bits (RFC 2181, 8)`);
}

function rawRdata({ data }: NativeRecord): Buffer {
  const bytes = data instanceof Buffer ? data : (data as { readonly buffer: Buffer }).buffer;
  return Buffer.from(bytes);
}

/**
 * The codec's form of a name: trailing dot kept, or labels like `constructor` corrupt the packet; root is ''. It parts
 * labels at dots and writes of each character the lower byte alone, so a dot inside a label is given to it as U+012E.
 */
function packed(name: string): string {
  if (name === '.') return '';
  if (/(^|\.)(\.|$)/.test(name.slice(0, -1)) || !name.endsWith('.'))
    throw new RangeError(`"${name}" is no name`);
  const labels = name.split('.').map(rawLabel);
  if (labels.some((label) => label.length > MAX_LABEL))
    throw new RangeError(`"${name}" has too long a label`);
  return labels.map((label) => label.replaceAll('.', '\u012e')).join('.');
}
