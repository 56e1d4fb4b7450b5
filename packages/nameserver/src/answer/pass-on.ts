import {
  type Exchange,
  explain,
  FLAG,
  forwardable,
  PLAIN_PAYLOAD,
  type Query,
  RCODE,
  type Recursor,
  replyLimit,
  withOptOf,
  writeEmptyReply,
} from '@callsign/dns';
import type { DnsCounters } from './counters.ts';
import { REASONS } from './reasons.ts';

/** What has to be kept of a query while somebody else is asked: its reader goes on to the next packet. */
export interface Waiting {
  readonly id: number;
  readonly limit: number;
  readonly send: (reply: Uint8Array) => void;
  /** A reply without answers: SERVFAIL, with the question echoed and OPT as the client needs it. */
  readonly empty: Buffer;
}

export function waitingFor(query: Query, exchange: Exchange): Waiting {
  const empty = Buffer.alloc(PLAIN_PAYLOAD);
  const size = writeEmptyReply(empty, query, RCODE.SERVFAIL, FLAG.RA);
  return {
    id: query.id,
    limit: replyLimit(query, exchange.transport),
    send: exchange.defer(),
    empty: empty.subarray(0, size),
  };
}

/** Asks upstream and sends what comes back; SERVFAIL when nothing does. */
export function passOn(query: Query, exchange: Exchange, recursor: Recursor, counters: DnsCounters): void {
  const waiting = waitingFor(query, exchange);
  counters.forwarded += 1;
  recursor.forward(forwardable(query)).then(
    (answer) => reply(waiting, answer, counters),
    () => fail(waiting, counters),
  );
}

export function fail(waiting: Waiting, counters: DnsCounters): void {
  counters.forwardFailed += 1;
  counters.response(RCODE.SERVFAIL);
  const failure = Buffer.alloc(PLAIN_PAYLOAD);
  const length = waiting.empty.copy(failure);
  waiting.send(failure.subarray(0, explain(failure, length, REASONS.upstream)));
}

function reply(waiting: Waiting, answer: Buffer, counters: DnsCounters): void {
  const whole = withOptOf(waiting.empty, answer);
  if (whole === undefined) {
    fail(waiting, counters);
    return;
  }
  const fitting = whole.length <= waiting.limit ? whole : truncated(waiting, answer);
  fitting.writeUInt16BE(waiting.id, 0);
  // Only what comes from our own zone is authoritative.
  fitting.writeUInt16BE((fitting.readUInt16BE(2) & ~FLAG.AA) | FLAG.RA, 2);
  counters.response((fitting[3] as number) & 15);
  waiting.send(fitting);
}

/** The question and nothing else: the client comes back over TCP (RFC 2181, 9). */
function truncated(waiting: Waiting, answer: Buffer): Buffer {
  const header = Buffer.from(waiting.empty);
  header.writeUInt16BE(answer.readUInt16BE(2) | FLAG.TC, 2);
  return header;
}
