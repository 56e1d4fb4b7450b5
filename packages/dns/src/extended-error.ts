/** Why a reply is what it is (RFC 8914): a code for programs and a text for people. */
export interface ExtendedError {
  readonly code: number;
  readonly text: string;
}

/** The info codes that Callsign uses (RFC 8914, 4). */
export const INFO_CODE = {
  OTHER: 0,
  NOT_READY: 14,
  NOT_AUTHORITATIVE: 20,
  NO_REACHABLE_AUTHORITY: 22,
} as const;

const OPTION = 15;
/** Code, length and info code. */
const HEAD = 6;

/**
 * Adds an extended error to a reply that ends in an OPT record without options, as `writeEmptyReply` makes them;
 * a client that did not bring EDNS gets none.
 * @returns the reply's length
 */
export function explain(reply: Buffer, length: number, { code, text }: ExtendedError): number {
  const hasOpt = reply.readUInt16BE(10) === 1;
  if (!hasOpt) return length;
  const size = HEAD + reply.write(text, length + HEAD);
  reply.writeUInt16BE(size, length - 2);
  reply.writeUInt16BE(OPTION, length);
  reply.writeUInt16BE(size - 4, length + 2);
  reply.writeUInt16BE(code, length + 4);
  return length + size;
}
