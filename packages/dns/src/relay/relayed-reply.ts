import { get16, put16 } from '../message/bytes.ts';
import { FLAG } from '../message/constants.ts';
import { findOpt, OPT_LENGTH, type OptPlace, type Span } from '../message/opt.ts';
import { type Query, wantsAd } from '../message/query.ts';
import {
  additionalBefore,
  closeWithOpt,
  copyBytes,
  optRoom,
  replyLimit,
  withOptOf,
  writeEmptyReply,
  writeHeader,
  writeQuestion,
} from '../message/reply.ts';

/**
 * Writes the reply to one client from an upstream's message that has been judged: the upstream's rcode, AD for those
 * who asked for it (RFC 6840, 5.8), its records, and the OPT record that this client needs. What does not fit is left out:
 * the client comes back over TCP (RFC 2181, 9).
 * @returns its length
 */
export function writeRelayed(into: Buffer, query: Query, message: Buffer): number {
  const theirs = findOpt(message) as OptPlace;
  const upstream = get16(message, 2);
  const rcode = upstream & 15;
  const flags = FLAG.RA | (wantsAd(query) ? upstream & FLAG.AD : 0);
  if (theirs.start + optRoom(query) > replyLimit(query, 'udp'))
    return writeEmptyReply(into, query, rcode, flags | FLAG.TC);
  if (saysMore(theirs)) return writeWithTheirs(into, query, message, rcode, flags);
  writeHeader(into, query, rcode, flags);
  writeQuestion(into, query);
  const end = writeRecords(into, query.end, message, theirs);
  return query.edns ? closeWithOpt(into, end, query, rcode) : end;
}

/** Their OPT record may have something for everybody on the way. */
function saysMore({ start, end }: Span): boolean {
  return end - start > OPT_LENGTH;
}

/** Those before the OPT record, in a message whose question is as long. @returns where they end */
function writeRecords(into: Buffer, at: number, message: Buffer, theirs: OptPlace): number {
  put16(into, get16(message, 6), 6);
  put16(into, get16(message, 8), 8);
  put16(into, additionalBefore(message, theirs), 10);
  return copyBytes(message, at, theirs.start, into, at);
}

function writeWithTheirs(into: Buffer, query: Query, message: Buffer, rcode: number, flags: number): number {
  const empty = into.subarray(0, writeEmptyReply(into, query, rcode, flags));
  const whole = withOptOf(Buffer.from(empty), message) as Buffer;
  if (whole.length > replyLimit(query, 'udp')) return writeEmptyReply(into, query, rcode, flags | FLAG.TC);
  return whole.copy(into);
}
