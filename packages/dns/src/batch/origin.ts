/** Bytes for a struct sockaddr: sockaddr_in6 is the longest and has 28 (ipv6(7)). */
export const ADDRESS = 32;
/** Bytes for one control message, IP_PKTINFO (ip(7)) or IPV6_PKTINFO (ipv6(7)): the longer one has 40. */
export const CONTROL = 64;
/** Bytes of an origin: the lengths of both in four each, the address, the control message. */
export const ORIGIN = 8 + ADDRESS + CONTROL;
/** Bytes for one datagram; a longer one is no question. */
export const PACKET = 4_096;

/** The struct sockaddr of an origin. */
export function addressOf(origin: Buffer): Buffer {
  return origin.subarray(8, 8 + ADDRESS);
}

/** The control message of an origin. */
export function controlOf(origin: Buffer): Buffer {
  return origin.subarray(8 + ADDRESS);
}
