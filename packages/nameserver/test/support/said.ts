import {
  encodeMessage,
  FLAG,
  fetchAnswer,
  HEADER,
  type Message,
  questionNameEnd,
  RCODE,
  type ResourceRecord,
  type Responder,
} from '@callsign/dns';
import { fetching } from '../../../../test/support/recursor.ts';
import { questionBytes } from './answering.ts';

/** The name that everything is about. */
export const NAME = 'www.example.org.';
export const A: ResourceRecord = { name: NAME, ttl: 60, type: 'A', address: '192.0.2.1' };
const ALIAS: ResourceRecord = { name: NAME, ttl: 90, type: 'CNAME', target: 'web.example.org.' };
const SOA: ResourceRecord = {
  ...{ name: 'example.org.', ttl: 300, type: 'SOA', mname: 'ns.example.org.', rname: 'host.example.org.' },
  ...{ serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 60 },
};
const PLAIN_OPT = Buffer.from('00002904d0000000000000', 'hex');
const REASON_OPT = Buffer.from('00002904d000000000000d000f00090001416e7977617973', 'hex');
const LATER_A = Buffer.from('c00c000100010000003c0004c0000202', 'hex');

const texts = (count: number): ResourceRecord[] =>
  Array.from({ length: count }, (_, at) => ({
    name: NAME,
    ttl: 60 + at,
    type: 'TXT',
    strings: [`${at}`.repeat(60).slice(0, 60)],
  }));

/** What upstreams say, and what they may put behind it. */
export const SAID: Readonly<Record<string, Partial<Message> & { readonly behind?: readonly Buffer[] }>> = {
  'an address': { answer: [A] },
  'an alias and an address': { answer: [ALIAS, { ...A, name: 'web.example.org.' }] },
  'authentic data': { flags: FLAG.QR | FLAG.RA | FLAG.AD, answer: [A] },
  'its own data': { flags: FLAG.QR | FLAG.AA, answer: [A], authority: [{ ...SOA, ttl: 700 }] },
  'that a name does not exist': { rcode: RCODE.NXDOMAIN, authority: [SOA] },
  'that there is nothing': { authority: [SOA] },
  'that an alias leads nowhere': { rcode: RCODE.NXDOMAIN, answer: [ALIAS], authority: [SOA] },
  'something with EDNS': { answer: [A], behind: [PLAIN_OPT] },
  'something with EDNS, and records behind that': { answer: [A], behind: [PLAIN_OPT, LATER_A] },
  'something with a reason': { answer: [A], behind: [REASON_OPT] },
  'more than 512 bytes': { answer: texts(8) },
  'more than 1232 bytes': { answer: texts(24) },
};

/** A recursor that says it, and counts how often it is asked. */
export function saying({ behind = [], ...sections }: (typeof SAID)[string]) {
  const recursor = {
    asked: 0,
    ...fetching(async (question) => {
      recursor.asked += 1;
      const end = questionNameEnd(question);
      const asked = { name: NAME, type: question.readUInt16BE(end), class: 1 };
      const empty = { answer: [], authority: [], additional: [] };
      const message = { id: 0, flags: FLAG.QR | FLAG.RA, rcode: 0, question: asked, ...empty, ...sections };
      const bytes = Buffer.concat([encodeMessage(message as Message), ...behind]);
      bytes.writeUInt16BE(bytes.readUInt16BE(10) + behind.length, 10);
      return { message: bytes };
    }),
  };
  return recursor;
}

export function query(flags: number, edns?: number, dnssecOk = false): Buffer {
  const bytes = questionBytes(NAME, 'A', edns === undefined ? {} : { edns });
  bytes.writeUInt16BE(flags, 2);
  if (dnssecOk) bytes.writeUInt8(0x80, bytes.length - 4);
  return bytes;
}

function withCookie(bytes: Buffer): Buffer {
  const cookie = Buffer.from('000a00080123456789abcdef', 'hex');
  const result = Buffer.concat([bytes, cookie]);
  result.writeUInt16BE(cookie.length, bytes.length - 2);
  return result;
}

function upperCase(bytes: Buffer): Buffer {
  const name = bytes.subarray(HEADER, questionNameEnd(bytes));
  name.set(Buffer.from(name.toString('latin1').toUpperCase(), 'latin1'));
  return bytes;
}

/** What clients ask for it. */
export const QUERIES: Readonly<Record<string, Buffer>> = {
  plain: query(FLAG.RD),
  'in other letters': upperCase(query(FLAG.RD)),
  'with EDNS': query(FLAG.RD, 1232),
  'with EDNS and little room': query(FLAG.RD, 512),
  // Eight texts of 73 bytes have room behind the question, but the OPT record behind them has none.
  'with EDNS and no room for it': query(FLAG.RD, HEADER + NAME.length + 1 + 4 + 8 * 73 + 10),
  'with a cookie': withCookie(query(FLAG.RD, 1232)),
  'with AD': query(FLAG.RD | FLAG.AD),
  'with DO': query(FLAG.RD, 1232, true),
  'with CD': query(FLAG.RD | FLAG.CD, 1232),
  'without RD': query(0),
};

/** A name server that says it to every question. */
export function upstreamSaying(said: (typeof SAID)[string]): Responder {
  const recursor = saying(said);
  return {
    respond: (packet, length, _reply, exchange) => {
      const question = Buffer.from(packet.subarray(0, length));
      const send = exchange.defer();
      void fetchAnswer(recursor, question).then(({ message }) => {
        question.copy(message, 0, 0, 2);
        question.copy(message, HEADER, HEADER, questionNameEnd(question));
        send(message);
      });
      return 0;
    },
  };
}
