import { RECORD_HEAD } from './constants.ts';

/** The TTL in seconds of the record whose type stands at `type`; one with its highest bit set counts as 0 (RFC 2181, 8). */
export function ttlAt(message: Buffer, type: number): number {
  const ttl = message.readUInt32BE(type + 4);
  return ttl >= 2 ** 31 ? 0 : ttl;
}

/** The last field of the SOA record whose type stands at `type`: seconds for which a denial may be kept (RFC 2308, 4). */
export function soaMinimumAt(message: Buffer, type: number): number {
  return message.readUInt32BE(type + RECORD_HEAD + message.readUInt16BE(type + 8) - 4);
}
