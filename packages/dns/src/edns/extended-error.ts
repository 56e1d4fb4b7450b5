import { PLAIN_PAYLOAD } from '../message/constants.ts';
import { OPT_LENGTH, OPTION, OPTION_HEAD } from '../message/opt.ts';
import { questionEnd } from '../message/question.ts';

/** Why a reply is what it is (RFC 8914): a code for programs and a text for people. */
export interface ExtendedError {
  readonly code: number;
  readonly text: string;
}

/** The info codes that Callsign uses (RFC 8914, 4). */
export const INFO_CODE = {
  OTHER: 0,
  STALE_ANSWER: 3,
  CACHED_ERROR: 13,
  NOT_READY: 14,
  PROHIBITED: 18,
  STALE_NXDOMAIN_ANSWER: 19,
  NOT_AUTHORITATIVE: 20,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
} as const;

/** Option code, length and info code. */
const HEAD = OPTION_HEAD + 2;

/**
 * Adds an extended error to a reply without records, as `writeEmptyReply` makes them; a client that did not bring
 * EDNS gets none. A text for which there is no room is cut.
 * @param limit the most bytes that the reply may have; no more than the smallest payload are used
 * @returns the reply's length
 */
export function explain(reply: Buffer, length: number, { code, text }: ExtendedError, limit: number): number {
  const hasOpt = reply.readUInt16BE(10) === 1;
  const room = Math.min(limit, PLAIN_PAYLOAD) - length - HEAD;
  if (!hasOpt || room < 0) return length;
  const size = HEAD + reply.write(text, length + HEAD, room);
  reply.writeUInt16BE(OPTION.EXTENDED_ERROR, length);
  reply.writeUInt16BE(size - OPTION_HEAD, length + 2);
  reply.writeUInt16BE(code, length + OPTION_HEAD);
  const rdlength = questionEnd(reply) + OPT_LENGTH - 2;
  reply.writeUInt16BE(reply.readUInt16BE(rdlength) + size, rdlength);
  return length + size;
}
