/** RR types by number (IANA "Domain Name System (DNS) Parameters"): those that Callsign answers or counts. */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  OPT: 41,
  DS: 43,
  DNSKEY: 48,
  SVCB: 64,
  HTTPS: 65,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
} as const;

type TypeName = keyof typeof TYPE;

const NAMES: ReadonlyMap<number, TypeName> = new Map(
  Object.entries(TYPE).map(([name, number]) => [number, name as TypeName]),
);

/** The type's mnemonic, or `TYPE1234` (RFC 3597, 5). */
export function typeName(type: number): string {
  return NAMES.get(type) ?? `TYPE${type}`;
}

/** The number of a type that is called by its mnemonic or as `TYPE1234`. @throws {Error} when it is none */
export function typeOf(text: string): number {
  const name = text.toUpperCase();
  const number = /^TYPE(\d{1,5})$/.exec(name)?.[1];
  const type = Object.hasOwn(TYPE, name) ? TYPE[name as TypeName] : Number(number);
  if (type < 2 ** 16) return type;
  throw new Error(`"${text}" is no type, for example A, AAAA, TXT or TYPE64`);
}

/** Classes by number (RFC 1035, 3.2.4 and 3.2.5). */
export const CLASS = { IN: 1, CH: 3, ANY: 255 } as const;

/** Rcodes by number (IANA "DNS RCODEs"): those that Callsign gives or counts. */
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  /** Not a zone of ours (RFC 2136, 2.2), or a signature that does not hold (RFC 8945, 5.2). */
  NOTAUTH: 9,
  /** Extended: its upper bits travel in the OPT record (RFC 6891, 6.1.3). */
  BADVERS: 16,
  /** RFC 7873, 8. */
  BADCOOKIE: 23,
} as const;

const RCODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(RCODE).map(([name, number]) => [number, name]),
);

export function rcodeName(rcode: number): string {
  return RCODE_NAMES.get(rcode) ?? `RCODE${rcode}`;
}

/** Bits of the header's third and fourth byte (RFC 1035, 4.1.1; RFC 4035 for AD and CD). */
export const FLAG = {
  QR: 0x8000,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  AD: 0x0020,
  CD: 0x0010,
} as const;

/** Bytes of a label and of a whole name at most (RFC 1035, 2.3.4). */
export const MAX_LABEL = 63;
export const MAX_NAME = 255;

/** Bytes of a message's header. */
export const HEADER = 12;

/** Bytes of a record from its type to its rdata: type, class, TTL and length (RFC 1035, 3.2.1). */
export const RECORD_HEAD = 10;

/** The largest UDP reply to a client that says nothing of EDNS (RFC 1035, 2.3.4). */
export const PLAIN_PAYLOAD = 512;

/** The largest UDP reply we send and ask for: fits every path without fragments (DNS flag day 2020). */
export const EDNS_PAYLOAD = 1232;

/** Bytes of a message at most: over streams its length has two bytes (RFC 1035, 4.2.2). */
export const MAX_MESSAGE = 65_535;
