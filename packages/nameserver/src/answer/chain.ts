import {
  decodeMessage,
  type Exchange,
  encodeQuestion,
  FLAG,
  type Message,
  type Query,
  questionEnd,
  RCODE,
  RecordEncoder,
  type Recursor,
  type ResourceRecord,
} from '@callsign/dns';
import type { Outcome, Records } from '../zone/outcome.ts';
import type { DnsCounters } from './counters.ts';
import { because, fail, send, type Waiting, waitingFor } from './pass-on.ts';

export type CnameOutcome = Extract<Outcome, { kind: 'cname' }>;

/**
 * Finishes a chain that leaves our zones: the aliases are ours, the rest is asked for upstream. The rcode is
 * that of the last name (RFC 6604, 3). Nothing is asked but the name at the end, which is not ours.
 */
export function completeChain(
  outcome: CnameOutcome,
  labels: readonly string[],
  query: Query,
  exchange: Exchange,
  recursor: Recursor,
  counters: DnsCounters,
): void {
  const waiting = waitingFor(query, exchange);
  const encoder = new RecordEncoder(labels);
  const question = encodeQuestion(0, outcome.target, query.type, query.dnssecOk);
  counters.forwarded += 1;
  recursor
    .forward(question)
    .then(({ message, reason }) => {
      const reply = chained(because(waiting, reason), encoder, outcome.answer, decodeMessage(message));
      send(waiting, reply, counters);
    })
    .catch((error) => fail(waiting, counters, error));
}

/** Our aliases, then what upstream knows; on a reply too long for the client the aliases alone, with TC. */
function chained(
  waiting: Waiting,
  encoder: RecordEncoder,
  aliases: readonly ResourceRecord[],
  rest: Message,
): Buffer {
  if (rest.rcode !== RCODE.NOERROR && rest.rcode !== RCODE.NXDOMAIN)
    throw new Error('upstream has no answer');
  const whole = assembled(waiting, encoder, { answer: [...aliases, ...rest.answer] }, rest.rcode);
  return whole.length <= waiting.limit
    ? whole
    : assembled(waiting, encoder, { answer: aliases }, rest.rcode | FLAG.TC);
}

/** The empty reply has everything else that a reply needs: header, question, OPT. The first name is ours: AA. */
export function assembled(
  waiting: Waiting,
  encoder: RecordEncoder,
  { answer, authority = [] }: { readonly answer: Records; readonly authority?: Records },
  flags: number,
): Buffer {
  const { empty } = waiting;
  const opt = questionEnd(empty);
  const records = [...answer, ...authority].map((record) => encoder.encode(record));
  const reply = Buffer.concat([empty.subarray(0, opt), ...records, empty.subarray(opt)]);
  reply.writeUInt16BE((empty.readUInt16BE(2) & ~15) | FLAG.AA | flags, 2);
  reply.writeUInt16BE(answer.length, 6);
  reply.writeUInt16BE(authority.length, 8);
  return reply;
}
