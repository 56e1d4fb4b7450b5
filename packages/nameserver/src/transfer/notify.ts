import { randomInt } from 'node:crypto';
import { labelsOf } from '@callsign/catalog';
import { CallsignError, formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import {
  askUpstream,
  CLASS,
  FLAG,
  HEADER,
  RCODE,
  RecordEncoder,
  type ResourceRecord,
  rcodeName,
  signedQuery,
  type TsigKey,
  TYPE,
  wholeName,
} from '@callsign/dns';

/** The opcode's place is behind the QR bit (RFC 1996, 3.7). */
const NOTIFY = 4 << 11;

/**
 * Tells one secondary once that a zone has changed, and waits for its word that it knows. That word needs no
 * proof: who forges it wins no more than the time until the secondary asks by itself.
 * @param soa the zone's SOA record as it is now
 * @param key what to sign with
 * @throws {CallsignError} NOTIFY_REFUSED or UPSTREAM_FAILED
 */
export async function notify(
  at: SocketAddress,
  soa: ResourceRecord,
  key: TsigKey | undefined,
  signal: AbortSignal,
): Promise<void> {
  const message = notifyMessage(randomInt(2 ** 16), soa);
  const query = key === undefined ? message : signedQuery(message, key, Math.floor(Date.now() / 1000));
  const rcode = ((await askUpstream(at, query, { signal }))[3] as number) & 15;
  if (rcode === RCODE.NOERROR) return;
  throw new CallsignError(
    'NOTIFY_REFUSED',
    `the secondary ${formatSocketAddress(at)} says ${rcodeName(rcode)} to a NOTIFY for ${soa.name}`,
    { cure: 'Let it accept NOTIFY for this zone from this address, and give it the key', retryable: true },
  );
}

/** The SOA record goes along as a hint (RFC 1996, 3.7). */
function notifyMessage(id: number, soa: ResourceRecord): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(NOTIFY | FLAG.AA, 2);
  header.writeUInt32BE(0x10001, 4);
  const question = Buffer.concat([wholeName(soa.name), Buffer.from([0, TYPE.SOA, 0, CLASS.IN])]);
  return Buffer.concat([header, question, new RecordEncoder(labelsOf(soa.name)).encode(soa)]);
}
