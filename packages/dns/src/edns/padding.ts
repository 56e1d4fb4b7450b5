import { MAX_MESSAGE } from '../message/constants.ts';
import { findOpt, OPT_LENGTH, OPTION, OPTION_HEAD } from '../message/opt.ts';
import { Query } from '../message/query.ts';

/** Replies are made as long as a multiple of this, so that their length tells little of what they say (RFC 8467, 4.1). */
const BLOCK = 468;
const READER = new Query();

/** True when a query that came encrypted was padded: then its reply has to be, too (RFC 7830, 4). */
export function asksForPadding(query: Buffer): boolean {
  return READER.read(query, query.length) !== 'drop' && READER.padded;
}

/**
 * The reply with padding in its OPT record; as it is where there is none, or where it does not stand at the end, for then it
 * is signed.
 */
export function padded(reply: Buffer): Buffer {
  const opt = findOpt(reply);
  const unpadded = reply.length + OPTION_HEAD;
  if (opt === undefined || opt.start === opt.end || opt.end < reply.length || unpadded > MAX_MESSAGE)
    return reply;
  const size = Math.min(Math.ceil(unpadded / BLOCK) * BLOCK, MAX_MESSAGE) - unpadded;
  const padding = Buffer.alloc(OPTION_HEAD + size);
  padding.writeUInt16BE(OPTION.PADDING, 0);
  padding.writeUInt16BE(size, 2);
  const result = Buffer.concat([reply, padding]);
  result.writeUInt16BE(opt.end - opt.start - OPT_LENGTH + padding.length, opt.start + OPT_LENGTH - 2);
  return result;
}
