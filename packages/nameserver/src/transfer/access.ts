import type { OwnerName } from '@callsign/catalog';
import {
  type Exchange,
  type ExtendedError,
  type Networks,
  type Query,
  RCODE,
  skipName,
  TYPE,
} from '@callsign/dns';
import { REASONS } from '../answer/reasons.ts';
import type { Zone } from '../zone/zone.ts';

export interface TransferAccess {
  /** Who may transfer. */
  readonly networks: Networks;
  /** True when they have to sign besides. */
  readonly signed: boolean;
}

export type TransferDecision =
  | { readonly kind: 'refused'; readonly rcode: number; readonly reason: ExtendedError }
  /** The SOA record is the whole answer. */
  | { readonly kind: 'current' }
  | { readonly kind: 'whole'; readonly zone: Zone };

/**
 * What becomes of a question for a transfer. Whoever may not have one learns nothing else.
 * @param domain the name that was asked for, when it is that of one of our zones
 */
export function judgeTransfer(
  query: Query,
  exchange: Exchange,
  domain: OwnerName | undefined,
  zone: Zone | undefined,
  access: TransferAccess,
): TransferDecision {
  if (!access.networks.has(exchange.peer)) return refused(RCODE.REFUSED, REASONS.noTransfer);
  if (access.signed && exchange.signed !== true) return refused(RCODE.REFUSED, REASONS.unsigned);
  if (domain === undefined) return refused(RCODE.NOTAUTH, REASONS.noSuchZone);
  if (zone === undefined) return refused(RCODE.SERVFAIL, REASONS.notReady);
  if (query.type === TYPE.IXFR && (exchange.stream === undefined || isCurrent(query, zone)))
    return { kind: 'current' };
  if (exchange.stream === undefined) return refused(RCODE.REFUSED, REASONS.noStream);
  return { kind: 'whole', zone };
}

function refused(rcode: number, reason: ExtendedError): TransferDecision {
  return { kind: 'refused', rcode, reason };
}

/** True when the client's zone, whose SOA came with the question (RFC 1995, 3), is not older than ours. */
function isCurrent(query: Query, zone: Zone): boolean {
  const serial = clientSerial(query);
  return serial !== undefined && !isNewer(zone.revision % 2 ** 32, serial);
}

/** Behind the owner name come type, class, TTL and length, then two names and the serial (RFC 1035, 3.3.13). */
function clientSerial({ packet, end }: Query): number | undefined {
  if (packet.readUInt16BE(8) === 0) return undefined;
  const fixed = skipName(packet, end, packet.length);
  if (packet.readUInt16BE(fixed) !== TYPE.SOA) return undefined;
  const rname = skipName(packet, fixed + 10, packet.length);
  const serial = rname < 0 ? -1 : skipName(packet, rname, packet.length);
  return serial < 0 || serial + 4 > packet.length ? undefined : packet.readUInt32BE(serial);
}

/** Serial numbers go round (RFC 1982, 3.2). */
function isNewer(serial: number, than: number): boolean {
  const ahead = (serial - than) >>> 0;
  return ahead !== 0 && ahead < 2 ** 31;
}
