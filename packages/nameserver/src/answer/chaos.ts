import {
  CLASS,
  closeWithOpt,
  presentName,
  type Query,
  RCODE,
  TYPE,
  writeHeader,
  writeQuestion,
} from '@callsign/dns';

/** What a server tells of itself in the class CH (RFC 4892): to find out which of many has answered. */
export interface Identity {
  readonly version: string;
  readonly server: string;
}

const ASKED: Readonly<Record<string, keyof Identity>> = {
  'version.bind.': 'version',
  'version.server.': 'version',
  'id.server.': 'server',
  'hostname.bind.': 'server',
};

/** A pointer to the question's name, TXT, CH, a TTL of 0. */
const RECORD_HEAD = Buffer.from([0xc0, 12, 0, TYPE.TXT, 0, CLASS.CH, 0, 0, 0, 0]);
const MOST_TEXT = 255;

/** Writes the answer to a CH TXT question about us. @returns its length; 0 for every other question */
export function writeIdentity(into: Buffer, query: Query, identity: Identity): number {
  const field = ASKED[presentName(query.labels())];
  if (field === undefined || query.class !== CLASS.CH || query.type !== TYPE.TXT) return 0;
  writeHeader(into, query, RCODE.NOERROR, 0);
  const start = writeQuestion(into, query);
  into.writeUInt16BE(1, 6);
  const rdata = start + RECORD_HEAD.copy(into, start) + 2;
  const text = Buffer.from(identity[field]).subarray(0, MOST_TEXT);
  into.writeUInt16BE(text.length + 1, rdata - 2);
  into[rdata] = text.length;
  const end = rdata + 1 + text.copy(into, rdata + 1);
  return query.edns ? closeWithOpt(into, end, query, RCODE.NOERROR) : end;
}
