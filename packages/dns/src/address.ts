import { isIPv4, isIPv6 } from 'node:net';

/** What stands before the bytes of an IPv4 address in IPv6 clothes (RFC 4291, 2.5.5.2). */
export const MAPPED: Buffer = Buffer.from('00000000000000000000ffff', 'hex');

/** The 4 or 16 bytes of an address in text form, or undefined for what is none. */
export function addressBytes(text: string): Buffer | undefined {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  return isIPv6(text) && !text.includes('%') ? Buffer.from(sixteenBytes(text)) : undefined;
}

/**
 * The bytes of an address that has so many: 4 for IPv4, 16 for IPv6.
 * @throws {RangeError} for any other
 */
export function addressBytesOf(text: string, length: 4 | 16): Buffer {
  const bytes = addressBytes(text);
  if (bytes?.length === length) return bytes;
  throw new RangeError(`"${text}" is no address of ${length} bytes`);
}

/** The bytes of `Exchange.peer`: of an IPv4 client of an IPv6 socket those of IPv4, of a link-local one without its interface. */
export function peerBytes(peer: string): Buffer | undefined {
  return addressBytes(peer.replace(/^::ffff:(?=.*\.)/, '').replace(/%.*$/, ''));
}

function sixteenBytes(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  return [...left, ...new Array<number>(16 - left.length - right.length).fill(0), ...right];
}

/** The bytes of groups between colons; the last may be an IPv4 address (RFC 4291, 2.2). */
function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** The name under which an address's PTR is asked for (RFC 1035, 3.5; RFC 3596, 2.5). */
export function reverseName(address: string): string | undefined {
  if (isIPv4(address)) return `${address.split('.').reverse().join('.')}.in-addr.arpa.`;
  const bytes = addressBytes(address);
  return bytes && `${[...bytes.toString('hex')].reverse().join('.')}.ip6.arpa.`;
}

/** The text form of 4 or 16 bytes (RFC 5952; IPv4 in IPv6 clothes as RFC 4291, 2.2 has it). */
export function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.subarray(0, 12).equals(MAPPED)) return `::ffff:${bytes.subarray(12).join('.')}`;
  return shortAddress((bytes.toString('hex').match(/.{4}/g) as string[]).join(':'));
}

/** An IPv6 address in its shortest form (RFC 5952). */
export function shortAddress(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}
