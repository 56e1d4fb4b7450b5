import {
  type Exchange,
  type ExtendedError,
  explain,
  type Failure,
  FLAG,
  optRoom,
  PLAIN_PAYLOAD,
  type Query,
  RCODE,
  type Recursor,
  replyLimit,
  UpstreamError,
  withOptOf,
  writeEmptyReply,
} from '@callsign/dns';
import type { DnsCounters } from './counters.ts';
import { REASONS } from './reasons.ts';

/** A client's query, and who is asked in its place. */
export interface Forwarded {
  readonly query: Query;
  readonly exchange: Exchange;
  readonly recursor: Recursor;
  readonly counters: DnsCounters;
}

/** What has to be kept of a query while somebody else is asked: its reader goes on to the next packet. */
export interface Waiting {
  readonly id: number;
  readonly limit: number;
  readonly wantsAd: boolean;
  readonly send: (reply: Uint8Array) => void;
  /** A reply without answers: SERVFAIL, with the question echoed and OPT as the client needs it. */
  readonly empty: Buffer;
}

const FAILURES: Readonly<Record<Exclude<Failure, 'none'>, ExtendedError>> = {
  silent: REASONS.upstreamSilent,
  network: REASONS.upstreamUnreachable,
  loop: REASONS.upstreamLoop,
  busy: REASONS.busy,
};

/** The client wants to know whether the answer is authentic (RFC 6840, 5.7). */
export function wantsAd({ dnssecOk, flags }: Query): boolean {
  return dnssecOk || (flags & FLAG.AD) !== 0;
}

function waitingFor(query: Query, exchange: Exchange): Waiting {
  const empty = Buffer.allocUnsafe(query.end + optRoom(query));
  writeEmptyReply(empty, query, RCODE.SERVFAIL, FLAG.RA);
  return {
    id: query.id,
    limit: replyLimit(query, exchange.transport),
    wantsAd: wantsAd(query),
    send: exchange.defer(),
    empty,
  };
}

/** The same client, told why its answer is what it is. */
function because(waiting: Waiting, reason: ExtendedError | undefined): Waiting {
  if (reason === undefined) return waiting;
  const empty = Buffer.alloc(PLAIN_PAYLOAD);
  const length = waiting.empty.copy(empty);
  return { ...waiting, empty: empty.subarray(0, explain(empty, length, reason)) };
}

/** Sends the client what upstream says to its question. */
export function passOn(forwarded: Forwarded, question: Buffer): void {
  askUpstream(forwarded, question, replyOf);
}

/** Asks upstream and sends what is made of the message that comes back; SERVFAIL when none does. */
export function askUpstream(
  { query, exchange, recursor, counters }: Forwarded,
  question: Buffer,
  replyFrom: (waiting: Waiting, message: Buffer) => Buffer,
): void {
  const waiting = waitingFor(query, exchange);
  counters.forward();
  recursor
    .forward(question)
    .then(({ message, reason }) => send(waiting, replyFrom(because(waiting, reason), message), counters))
    .catch((error) => fail(waiting, counters, error));
}

/** What a client hears when nobody gave an answer: where nobody is there to be asked, that the name is none of ours. */
export function failureOf(error: unknown): { readonly rcode: number; readonly reason: ExtendedError } {
  const failure = error instanceof UpstreamError ? error.failure : 'silent';
  if (failure === 'none') return { rcode: RCODE.REFUSED, reason: REASONS.notOurs };
  return { rcode: RCODE.SERVFAIL, reason: FAILURES[failure] };
}

function fail(waiting: Waiting, counters: DnsCounters, error: unknown): void {
  counters.forwardFailed += 1;
  const { rcode, reason } = failureOf(error);
  const { empty } = because(waiting, reason);
  // Who refuses offers no recursion either.
  const gone = rcode === RCODE.REFUSED ? FLAG.RA | 15 : 15;
  empty.writeUInt16BE((empty.readUInt16BE(2) & ~gone) | rcode, 2);
  send(waiting, empty, counters);
}

function send(waiting: Waiting, reply: Buffer, counters: DnsCounters): void {
  counters.response((reply[3] as number) & 15);
  waiting.send(reply);
}

/** What does not fit is left out: the client comes back over TCP (RFC 2181, 9). */
function replyOf(waiting: Waiting, message: Buffer): Buffer {
  const whole = withOptOf(waiting.empty, message);
  if (whole === undefined) throw new Error('the records of an answer do not add up');
  const fits = whole.length <= waiting.limit;
  const reply = fits ? whole : Buffer.from(waiting.empty);
  reply.writeUInt16BE(waiting.id, 0);
  reply.writeUInt16BE(flagsOf(waiting, message.readUInt16BE(2)) | (fits ? 0 : FLAG.TC), 2);
  return reply;
}

/**
 * The upstream's rcode and AD, the client's own RD and CD (RFC 4035, 3.2.2). Only what comes from our own zone is
 * authoritative, and AD is only for those who asked for it (RFC 6840, 5.8).
 */
function flagsOf({ wantsAd, empty }: Waiting, flags: number): number {
  const upstream = flags & (15 | (wantsAd ? FLAG.AD : 0));
  const client = empty.readUInt16BE(2) & (FLAG.RD | FLAG.CD);
  return FLAG.QR | FLAG.RA | upstream | client;
}
