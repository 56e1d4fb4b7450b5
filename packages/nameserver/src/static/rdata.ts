import type { OwnerName } from '@callsign/catalog';
import {
  CLASS,
  characterString,
  decodeMessage,
  type Opaque,
  type Rdata,
  RecordEncoder,
  TYPE,
  typeName,
} from '@callsign/dns';
import { quote, type Words } from './words.ts';

/** An address that is looked up elsewhere and given as the owner's own; no type that DNS has. */
export interface Alias {
  readonly type: 'ALIAS';
  readonly target: OwnerName;
}

export type StaticRdata = Rdata | Alias;

const UINT8 = 2 ** 8 - 1;
const UINT16 = 2 ** 16 - 1;
const UINT32 = 2 ** 32 - 1;
/** Bytes of rdata that a message has room for, beside a header, any question and OPT. */
const MOST_RDATA = 65_000;
/** RFC 3597, 5. */
const GENERIC_TYPE = /^TYPE(\d{1,5})$/i;
const DNAME = 39;

/** How each type is written (RFC 1035, 3.3; RFC 2782; RFC 3596; RFC 8659). */
const READERS: Readonly<Record<string, (words: Words) => StaticRdata>> = {
  A: (words) => ({ type: 'A', address: words.address(4) }),
  AAAA: (words) => ({ type: 'AAAA', address: words.address(6) }),
  NS: (words) => ({ type: 'NS', target: words.name('target') }),
  CNAME: (words) => ({ type: 'CNAME', target: words.name('target') }),
  PTR: (words) => ({ type: 'PTR', target: words.name('target') }),
  ALIAS: (words) => ({ type: 'ALIAS', target: words.name('target') }),
  MX: (words) => ({
    type: 'MX',
    preference: words.whole('preference', UINT16),
    target: words.name('target'),
  }),
  SRV: (words) => ({
    type: 'SRV',
    priority: words.whole('priority', UINT16),
    weight: words.whole('weight', UINT16),
    port: words.whole('port', UINT16),
    target: words.name('target'),
  }),
  TXT: (words) => strings(words),
  HINFO: (words) =>
    opaque(TYPE.HINFO, characterString(words.bytes('CPU')), characterString(words.bytes('OS'))),
  CAA: (words) => certification(words),
  SOA: (words) => ({
    type: 'SOA',
    mname: words.name('primary server'),
    rname: words.name('mailbox'),
    serial: words.whole('serial', UINT32),
    refresh: words.period('refresh'),
    retry: words.period('retry'),
    expire: words.period('expire'),
    minimum: words.period('minimum'),
  }),
};

/** Reads type and rdata, to the last word. @throws {EntryFault} */
export function readRdata(words: Words): StaticRdata {
  const { text, quoted } = words.take('type');
  const mnemonic = text.toUpperCase();
  const generic = GENERIC_TYPE.exec(text)?.[1];
  const reader = Object.hasOwn(READERS, mnemonic) ? READERS[mnemonic] : undefined;
  if (quoted || (reader === undefined && generic === undefined)) {
    throw words.fault(
      `${quote(text)} is no type that zone files may have here; any other goes as TYPE123 \\# 2 abcd`,
    );
  }
  const number = generic === undefined ? TYPE[mnemonic as keyof typeof TYPE] : Number(generic);
  const isGeneric = reader === undefined || (words.next?.text === '\\#' && !words.next.quoted);
  const rdata = isGeneric ? readGeneric(words, number) : reader(words);
  words.end();
  return rdata;
}

/** RFC 3597, 5: `\# length hex`. Of a type that is known it means what that type's own words would. */
function readGeneric(words: Words, number: number | undefined): Rdata {
  if (number === undefined || !isData(number)) throw words.fault('no zone holds records of this type');
  if (words.take('"\\#"').text !== '\\#')
    throw words.fault('RFC 3597 wants \\#, the length in bytes and hex digits');
  const length = words.whole('length', MOST_RDATA);
  let hex = '';
  while (words.next !== undefined) hex += words.take('hex').text;
  if (!/^([0-9a-f]{2})*$/i.test(hex) || hex.length !== length * 2) {
    throw words.fault(`the length ${length} is not that of the hex digits`);
  }
  return known(words, opaque(number, Buffer.from(hex, 'hex')));
}

/** Neither OPT nor a type of questions or of messages (RFC 6895, 3.1), nor DNAME, which would have to be obeyed. */
function isData(number: number): boolean {
  return number > 0 && number <= UINT16 && number !== TYPE.OPT && number !== DNAME && (number & ~127) !== 128;
}

/** Reads the bytes as a message would be read; types that nobody reads stay bytes. */
function known(words: Words, rdata: Opaque): Rdata {
  const message = Buffer.concat([
    Buffer.from([0, 0, 0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0]),
    Buffer.from([0, 0, TYPE.A, 0, CLASS.IN]),
    new RecordEncoder([]).encode({ name: '.', ttl: 0, ...rdata }),
  ]);
  try {
    const [record] = decodeMessage(message).answer;
    if (record === undefined || record.type === 'OTHER' || record.type === 'TXT') return rdata;
    const { name: _name, ttl: _ttl, ...read } = record;
    return lowered(read);
  } catch {
    throw words.fault(`these are no bytes of the type ${typeName(rdata.number)}`);
  }
}

/** Every name in lower case, as those that are written in words are. */
function lowered(rdata: Rdata): Rdata {
  const lower = ([field, value]: [string, unknown]) =>
    [field, typeof value === 'string' && field !== 'type' ? value.toLowerCase() : value] as const;
  return Object.fromEntries(Object.entries(rdata).map(lower)) as unknown as Rdata;
}

/** Texts that are no UTF-8 are kept as bytes, for nothing that is no text may be made of them. */
function strings(words: Words): Rdata {
  const texts = [words.bytes('text')];
  while (words.next !== undefined) texts.push(words.bytes('text'));
  if (texts.reduce((sum, { length }) => sum + length + 1, 0) > MOST_RDATA)
    throw words.fault(`the texts of one record are longer than ${MOST_RDATA} bytes`);
  const read = texts.map(String);
  const exact = read.every((text, at) => texts[at]?.equals(Buffer.from(text)));
  return exact ? { type: 'TXT', strings: read } : opaque(TYPE.TXT, ...texts.map(characterString));
}

/** RFC 8659, 4.1: flags, a tag with its length, and the value, which goes to the end. */
function certification(words: Words): Rdata {
  const flags = words.whole('flags', UINT8);
  const tag = words.bytes('tag');
  const text = tag.toString('latin1');
  if (!/^[0-9a-z]+$/i.test(text)) throw words.fault(`the tag ${quote(text)} is not of letters and digits`);
  return opaque(TYPE.CAA, Buffer.from([flags]), characterString(tag), words.bytes('value'));
}

function opaque(number: number, ...parts: readonly Buffer[]): Opaque {
  return { type: 'OTHER', number, rdata: Buffer.concat(parts) };
}
