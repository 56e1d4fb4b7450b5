import {
  type Answer,
  type Asker,
  type Exchange,
  type ExtendedError,
  explain,
  type Failure,
  FLAG,
  type ForwardedQuestion,
  optRoom,
  PLAIN_PAYLOAD,
  type Query,
  RCODE,
  type Recursor,
  replyLimit,
  UpstreamError,
  wantsAd,
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
  readonly limit: number;
  readonly wantsAd: boolean;
  readonly send: (reply: Uint8Array) => void;
  /** A reply without answers: SERVFAIL, with the question echoed and OPT as the client needs it. */
  readonly empty: Buffer;
}

/** Makes a client's reply of an upstream's message. It may throw. */
type ReplyFrom = (waiting: Waiting, message: Buffer) => Buffer;

const FAILURES: Readonly<Record<Exclude<Failure, 'none'>, ExtendedError>> = {
  silent: REASONS.upstreamSilent,
  network: REASONS.upstreamUnreachable,
  loop: REASONS.upstreamLoop,
  busy: REASONS.busy,
};

function waitingFor(query: Query, exchange: Exchange): Waiting {
  const empty = Buffer.allocUnsafe(query.end + optRoom(query));
  writeEmptyReply(empty, query, RCODE.SERVFAIL, FLAG.RA);
  return {
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
  return { ...waiting, empty: empty.subarray(0, explain(empty, length, reason, waiting.limit)) };
}

/** Sends the client what upstream says to its question. */
export function passOn(forwarded: Forwarded, question: ForwardedQuestion): void {
  askUpstream(forwarded, question, replyOf);
}

/** Asks upstream and sends what is made of the message that comes back; SERVFAIL when none does, or nothing can be. */
export function askUpstream(
  { query, exchange, recursor, counters }: Forwarded,
  question: ForwardedQuestion,
  replyFrom: ReplyFrom,
): void {
  counters.forward();
  recursor.ask(question, new Client(waitingFor(query, exchange), counters, replyFrom));
}

/** One that waits for what upstream says. */
class Client implements Asker {
  readonly #waiting: Waiting;
  readonly #counters: DnsCounters;
  readonly #replyFrom: ReplyFrom;

  constructor(waiting: Waiting, counters: DnsCounters, replyFrom: ReplyFrom) {
    this.#waiting = waiting;
    this.#counters = counters;
    this.#replyFrom = replyFrom;
  }

  answered({ message, reason }: Answer): void {
    try {
      this.#send(this.#replyFrom(because(this.#waiting, reason), message));
    } catch (error) {
      this.failed(error);
    }
  }

  failed(error: unknown): void {
    this.#counters.forwardFailed += 1;
    const { rcode, reason } = failureOf(error);
    const { empty } = because(this.#waiting, reason);
    // Who refuses offers no recursion either.
    const gone = rcode === RCODE.REFUSED ? FLAG.RA | 15 : 15;
    empty.writeUInt16BE((empty.readUInt16BE(2) & ~gone) | rcode, 2);
    this.#send(empty);
  }

  #send(reply: Buffer): void {
    this.#counters.response((reply[3] as number) & 15);
    this.#waiting.send(reply);
  }
}

/** What a client hears when nobody gave an answer: where nobody is there to be asked, that the name is none of ours. */
export function failureOf(error: unknown): { readonly rcode: number; readonly reason: ExtendedError } {
  const failure = error instanceof UpstreamError ? error.failure : 'silent';
  if (failure === 'none') return { rcode: RCODE.REFUSED, reason: REASONS.notOurs };
  return { rcode: RCODE.SERVFAIL, reason: FAILURES[failure] };
}

/** What does not fit is left out: the client comes back over TCP (RFC 2181, 9). */
function replyOf(waiting: Waiting, message: Buffer): Buffer {
  const { empty, limit } = waiting;
  const whole = withOptOf(empty, message);
  if (whole === undefined) throw new Error('the records of an answer do not add up');
  const fits = whole.length <= limit;
  const reply = fits ? whole : Buffer.from(empty);
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
