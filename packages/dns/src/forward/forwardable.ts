import { put16 } from '../message/bytes.ts';
import { FLAG, HEADER, MAX_NAME } from '../message/constants.ts';
import { OPT_LENGTH, writeOpt } from '../message/opt.ts';
import type { Query } from '../message/query.ts';
import { copyBytes } from '../message/reply.ts';
import { ForwardedQuestion } from './forwarded-question.ts';

/** The most bytes that a question to others has: header, name, type and class, OPT. */
export const FORWARDABLE = HEADER + MAX_NAME + 4 + OPT_LENGTH;

/**
 * Writes a query as we pass it on: the client's question as it was asked, its RD, CD and AD, and an OPT record of our
 * own when it brought one. Options are for one hop and stay behind (RFC 6891, 6.1.1 and 7).
 * @returns its length
 */
export function writeForwardable(into: Buffer, query: Query, id: number): number {
  const { edns, end } = query;
  put16(into, id, 0);
  put16(into, query.flags & (FLAG.RD | FLAG.AD | FLAG.CD), 2);
  into.fill(0, 4, HEADER);
  into[5] = 1;
  into[11] = edns ? 1 : 0;
  copyBytes(query.packet, HEADER, end, into, HEADER);
  return edns ? writeOpt(into, end, 0, query.dnssecOk) : end;
}

export function forwardable(query: Query): ForwardedQuestion {
  const question = Buffer.alloc(query.end + (query.edns ? OPT_LENGTH : 0));
  writeForwardable(question, query, 0);
  return new ForwardedQuestion(question);
}
