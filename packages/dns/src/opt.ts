import { EDNS_PAYLOAD, TYPE } from './constants.ts';

/** Bytes of an OPT record without options. */
export const OPT_LENGTH = 11;

/**
 * Writes an OPT record (RFC 6891, 6.1.2 and 6.1.3): our payload size, the upper bits of the rcode, version 0,
 * DO as the client had it.
 * @returns where it ends
 */
export function writeOpt(into: Buffer, at: number, rcode: number, dnssecOk: boolean): number {
  into[at] = 0;
  into.writeUInt16BE(TYPE.OPT, at + 1);
  into.writeUInt16BE(EDNS_PAYLOAD, at + 3);
  into[at + 5] = rcode >> 4;
  into[at + 6] = 0;
  into.writeUInt16BE(dnssecOk ? 0x8000 : 0, at + 7);
  into.writeUInt16BE(0, at + 9);
  return at + OPT_LENGTH;
}

/** Each option has a code, a length and that many bytes (RFC 6891, 6.1.2). */
export function optionsAddUp(packet: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at + 4 <= end) at += 4 + packet.readUInt16BE(at + 2);
  return at === end;
}
