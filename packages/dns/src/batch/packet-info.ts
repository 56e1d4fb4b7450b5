import { addressText } from '../address.ts';

/** Numbers of Linux's ABI, the same on every architecture that Node runs on. */
export const IPPROTO_IP = 0;
export const IPPROTO_IPV6 = 41;
/** Offsets in struct cmsghdr, and where its data begins. */
const LEVEL = 8;
const DATA = 16;
/** The destination of a datagram in struct in_pktinfo (ip(7)), behind an interface and an address of ours. */
const V4 = { from: DATA + 8, to: DATA + 12 };
/** The same in struct in6_pktinfo (ipv6(7)), where it comes first. */
const V6 = { from: DATA, to: DATA + 16 };

/** The address that a datagram was sent to, as its control message tells; undefined where it does not. */
export function destinationOf(control: Buffer, length: number): string | undefined {
  if (length < DATA) return undefined;
  const place = { [IPPROTO_IP]: V4, [IPPROTO_IPV6]: V6 }[control.readUInt32LE(LEVEL)];
  return place && addressText(control.subarray(place.from, place.to));
}
