import { HEADER, MAX_MESSAGE, TYPE } from '../message/constants.ts';
import { inspectMessage } from '../message/inspect.ts';
import { findOption, OPT_LENGTH, OPTION, OPTION_HEAD, type Span } from '../message/opt.ts';

/** Replies are made as long as a multiple of this, so that their length tells little of what they say (RFC 8467, 4.1). */
const BLOCK = 468;

/** True when a query that came encrypted was padded: then its reply has to be, too (RFC 7830, 4). */
export function asksForPadding(query: Buffer): boolean {
  if (query.length < HEADER || query.readUInt16BE(10) === 0) return false;
  const opt = optOf(query);
  return opt !== undefined && findOption(query, opt, OPTION.PADDING).length > 0;
}

/** The reply with padding in its OPT record; as it is where that does not stand at its end, for then it is signed. */
export function padded(reply: Buffer): Buffer {
  const opt = optOf(reply);
  const unpadded = reply.length + OPTION_HEAD;
  if (opt?.end !== reply.length || unpadded > MAX_MESSAGE) return reply;
  const size = Math.min(Math.ceil(unpadded / BLOCK) * BLOCK, MAX_MESSAGE) - unpadded;
  const padding = Buffer.alloc(OPTION_HEAD + size);
  padding.writeUInt16BE(OPTION.PADDING, 0);
  padding.writeUInt16BE(size, 2);
  const result = Buffer.concat([reply, padding]);
  result.writeUInt16BE(opt.end - opt.start - OPT_LENGTH + padding.length, opt.start + OPT_LENGTH - 2);
  return result;
}

function optOf(message: Buffer): Span | undefined {
  const inspected = inspectMessage(message);
  if (inspected.fault !== undefined) return undefined;
  const type = inspected.types.find((at) => message.readUInt16BE(at) === TYPE.OPT);
  if (type === undefined) return undefined;
  const start = type - 1;
  return { start, end: start + OPT_LENGTH + message.readUInt16BE(start + OPT_LENGTH - 2) };
}
