import { isIP } from 'node:net';
import { type SocketAddress, socketAddress } from '@callsign/daemon';

const parse = socketAddress(53);

/** Reads `IP[:PORT]`: to look a name up we would have to ask ourselves. @throws {Error} for everything else */
export function upstreamAddress(text: string): SocketAddress {
  const address = parse(text);
  if (isIP(address.host) !== 0) return address;
  throw new Error(`"${text}" is not IP[:PORT], for example 9.9.9.9 or [2620:fe::fe]:53`);
}
