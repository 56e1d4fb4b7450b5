import { decodeMessage, FLAG, questionEnd, RCODE, RecordEncoder } from '@callsign/dns';
import type { Records } from '../zone/outcome.ts';
import type { Waiting } from './pass-on.ts';

/** What our aliases lead to. */
interface Rest {
  readonly rcode: number;
  readonly answer: Records;
  readonly authority?: Records;
}

/**
 * What upstream says to the end of our aliases. Without the authority section of a denial, whose SOA record says for
 * how long it holds, nobody could remember it (RFC 2308, 5).
 * @throws {Error} when upstream says neither what is there nor that nothing is
 */
export function upstreamAnswer(message: Buffer): Rest {
  const { rcode, answer, authority } = decodeMessage(message);
  if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) throw new Error('upstream has no answer');
  const denies = authority.some(({ type }) => type === 'SOA');
  return { rcode, answer, authority: denies ? authority : [] };
}

/** Our aliases and what they lead to; on a reply too long for the client the aliases alone, with TC. */
export function aliasReply(
  waiting: Waiting,
  labels: readonly string[],
  aliases: Records,
  { rcode, answer, authority = [] }: Rest,
): Buffer {
  const encoder = new RecordEncoder(labels);
  const whole = replyWith(waiting, encoder, { answer: [...aliases, ...answer], authority }, rcode);
  return whole.length <= waiting.limit
    ? whole
    : replyWith(waiting, encoder, { answer: aliases, authority: [] }, rcode | FLAG.TC);
}

/** The empty reply has everything else that a reply needs: header, question, OPT. The first name is ours: AA. */
function replyWith(
  { empty }: Waiting,
  encoder: RecordEncoder,
  { answer, authority }: { readonly answer: Records; readonly authority: Records },
  flags: number,
): Buffer {
  const opt = questionEnd(empty);
  const records = [...answer, ...authority].map((record) => encoder.encode(record));
  const reply = Buffer.concat([empty.subarray(0, opt), ...records, empty.subarray(opt)]);
  reply.writeUInt16BE((empty.readUInt16BE(2) & ~15) | FLAG.AA | flags, 2);
  reply.writeUInt16BE(answer.length, 6);
  reply.writeUInt16BE(authority.length, 8);
  return reply;
}
