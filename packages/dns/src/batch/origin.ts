/** struct sockaddr_in6, the longest address that there is. */
export const ADDRESS = 32;
/** One control message: IP_PKTINFO or IPV6_PKTINFO. */
export const CONTROL = 64;
/** Bytes of an origin: the two lengths, the address, the control message. */
export const ORIGIN = 8 + ADDRESS + CONTROL;
/** Room for one datagram; a longer one is no question. */
export const PACKET = 4_096;

/** The struct sockaddr of an origin. */
export function addressOf(origin: Buffer): Buffer {
  return origin.subarray(8, 8 + ADDRESS);
}

/** The control message of an origin. */
export function controlOf(origin: Buffer): Buffer {
  return origin.subarray(8 + ADDRESS);
}
