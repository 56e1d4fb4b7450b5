import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { addressBytes, addressText } from '../address.ts';

/** Numbers of Linux's ABI, the same on every architecture that Node runs on. */
export const AF_INET = 2;
export const AF_INET6 = 10;
const V4_LENGTH = 16;
export const V6_LENGTH = 28;
/** Where sin6_scope_id stands (ipv6(7)). */
const V6_SCOPE = 24;

/** The struct sockaddr of an address: of the length that its family has. */
export function socketAddressBytes(host: string, port: number): Buffer {
  const v4 = isIPv4(host);
  const address = Buffer.alloc(v4 ? V4_LENGTH : V6_LENGTH);
  address.writeUInt16LE(v4 ? AF_INET : AF_INET6, 0);
  address.writeUInt16BE(port, 2);
  const [bare = '', zone] = host.split('%');
  address.set(addressBytes(bare) as Buffer, v4 ? 4 : 8);
  if (zone !== undefined) address.writeUInt32LE(scopeOf(zone), V6_SCOPE);
  return address;
}

/** The number of an interface that has addresses of its link, which hold there alone (RFC 4007, 11). */
function scopeOf(zone: string): number {
  const addresses = networkInterfaces()[zone] ?? [];
  return addresses.find(({ scopeid = 0 }) => scopeid > 0)?.scopeid ?? (Number.parseInt(zone, 10) || 0);
}

/** The address in a struct sockaddr, as text. */
export function formatAddress(address: Buffer): string {
  return addressText(isIPv4Address(address) ? address.subarray(4, 8) : address.subarray(8, 24));
}

/** True for a struct sockaddr_in. */
export function isIPv4Address(address: Buffer): boolean {
  return address[0] === AF_INET;
}

/** The port number in a struct sockaddr. */
export function portNumber(address: Buffer): number {
  return address.readUInt16BE(2);
}
