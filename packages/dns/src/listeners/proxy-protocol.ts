import { type Socket, SocketAddress } from 'node:net';
import { crc32c } from './crc32c.ts';

/**
 * The PROXY protocol, version 2 (HAProxy's proxy-protocol.txt, 2.2): what a proxy writes in front of a connection or
 * a datagram, to say whose it is.
 *
 *     0d0a0d0a000d0a515549540a | version, command | family | length | addresses, port numbers | TLVs
 *     12 bytes                 | 1                | 1      | 2      | 0, 12, 36 or 216        | the rest
 */
export type ProxyHeader =
  | { readonly kind: 'none' /** These bytes are no header, or a malformed one. */ }
  | { readonly kind: 'incomplete' /** They begin like one, and more has to come. */ }
  | {
      readonly kind: 'header';
      /** Its bytes; what is behind them is the client's. */
      readonly length: number;
      /** The client's address; absent where the proxy speaks for itself (LOCAL) or does not know. */
      readonly source?: string;
    };

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const FIXED = SIGNATURE.length + 4;
const VERSION_2 = 0x20;
const COMMAND = { LOCAL: 0, PROXY: 1 } as const;
/** Bytes of both addresses and port numbers, by the address family. */
const ADDRESSES: readonly (number | undefined)[] = [0, 12, 36, 216];
const FAMILY = { INET: 1, INET6: 2 } as const;
/** Unspecified, stream and datagram. */
const PROTOCOLS = 3;
const TLV_CRC32C = 3;
const TLV_HEAD = 3;

const NONE: ProxyHeader = { kind: 'none' };

export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  const begun = Math.min(bytes.length, SIGNATURE.length);
  if (bytes.compare(SIGNATURE, 0, begun, 0, begun) !== 0) return NONE;
  if (bytes.length < FIXED) return { kind: 'incomplete' };
  const length = FIXED + bytes.readUInt16BE(FIXED - 2);
  if (bytes.length < length) return { kind: 'incomplete' };
  return readHeader(bytes.subarray(0, length));
}

function readHeader(header: Buffer): ProxyHeader {
  const command = (header[12] as number) - VERSION_2;
  const [family, protocol] = [(header[13] as number) >> 4, (header[13] as number) & 15];
  if (command !== COMMAND.LOCAL && command !== COMMAND.PROXY) return NONE;
  const addresses = ADDRESSES[family];
  if (addresses === undefined || protocol >= PROTOCOLS) return NONE;
  // Of LOCAL and of what is unspecified, all that follows has to be skipped unread (2.2).
  if (command === COMMAND.LOCAL || family === 0) return { kind: 'header', length: header.length };
  if (!tlvsHold(header, FIXED + addresses)) return NONE;
  const source = sourceOf(header, family);
  return { kind: 'header', length: header.length, ...(source !== undefined && { source }) };
}

/** A Unix socket's client has no address that says anything here. */
function sourceOf(header: Buffer, family: number): string | undefined {
  if (family === FAMILY.INET) return header.subarray(FIXED, FIXED + 4).join('.');
  if (family !== FAMILY.INET6) return undefined;
  const groups = Array.from({ length: 8 }, (_, at) => header.readUInt16BE(FIXED + 2 * at).toString(16));
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}

/** They fill what is left exactly, and a checksum among them is right (2.2.3). */
function tlvsHold(header: Buffer, start: number): boolean {
  let at = start;
  while (at + TLV_HEAD <= header.length) {
    const value = at + TLV_HEAD;
    const next = value + header.readUInt16BE(at + 1);
    if (header[at] === TLV_CRC32C && !checksumHolds(header, value, next)) return false;
    at = next;
  }
  return at === header.length;
}

/** It was reckoned over the whole header, with zeros in its own place. */
function checksumHolds(header: Buffer, start: number, end: number): boolean {
  if (end !== start + 4 || end > header.length) return false;
  const blank = Buffer.from(header).fill(0, start, end);
  return header.readUInt32BE(start) === crc32c(blank);
}

/**
 * Takes the header off the front of a connection and leaves what is behind it unread.
 * @returns the header; `none` also for a connection that ends before it has come
 */
export async function takeProxyHeader(socket: Socket): Promise<ProxyHeader> {
  let bytes = Buffer.alloc(0);
  for await (const data of socket.iterator({ destroyOnReturn: false })) {
    bytes = Buffer.concat([bytes, data as Buffer]);
    const header = parseProxyHeader(bytes);
    if (header.kind === 'incomplete') continue;
    if (header.kind === 'header') socket.unshift(bytes.subarray(header.length));
    return header;
  }
  return NONE;
}
