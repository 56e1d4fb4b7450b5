import { FLAG, HEADER } from '../message/constants.ts';
import { OPT_LENGTH, writeOpt } from '../message/opt.ts';
import type { Query } from '../message/query.ts';
import { ForwardedQuestion } from './forwarded-question.ts';

/**
 * A query as we pass it on: the client's question as it was asked, its RD, CD and AD, and an OPT record of our
 * own when it brought one. Options are for one hop and stay behind (RFC 6891, 6.1.1 and 7).
 */
export function forwardable(query: Query): ForwardedQuestion {
  const size = query.end + (query.edns ? OPT_LENGTH : 0);
  const question = Buffer.alloc(size);
  query.packet.copy(question, HEADER, HEADER, query.end);
  question.writeUInt16BE(query.flags & (FLAG.RD | FLAG.AD | FLAG.CD), 2);
  question.writeUInt16BE(1, 4);
  if (query.edns) {
    question.writeUInt16BE(1, 10);
    writeOpt(question, query.end, 0, query.dnssecOk);
  }
  return new ForwardedQuestion(question);
}
