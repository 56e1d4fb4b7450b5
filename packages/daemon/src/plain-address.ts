/** An address without its IPv4-in-IPv6 prefix (RFC 4291, 2.5.5.2), which a socket of both families gives clients of IPv4. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
