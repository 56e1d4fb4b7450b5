import { INFO_CODE } from '../edns/extended-error.ts';
import { FLAG, RCODE, TYPE } from '../message/constants.ts';
import { inspectMessage } from '../message/inspect.ts';
import { findOpt, findOption, OPTION } from '../message/opt.ts';
import type { Answer } from './recursor.ts';

/** An answer with records, or one that says that there are none. */
export const ANSWER_KINDS = ['success', 'denial'] as const;
export type AnswerKind = (typeof ANSWER_KINDS)[number];

/** One upstream answer, as it came, and how long it may be given again. Times are monotonic milliseconds. */
export interface KeptAnswer {
  readonly answer: Answer;
  readonly kind: AnswerKind;
  /** Where the TTL of each record stands, OPT's apart. */
  readonly ttls: readonly number[];
  readonly since: number;
  readonly until: number;
  /** Absent for an answer that has to be taken apart for each client. */
  readonly records?: KeptRecords;
}

/** What of an answer can be copied for every client: its records, but for the OPT record at their end. */
export interface KeptRecords {
  /** Where they end. */
  readonly end: number;
  /** How many stand in the additional section. */
  readonly additional: number;
}

/** No answer is kept for longer, whatever its TTL says (RFC 8767, 4 speaks of a day to a week). */
const LONGEST_TTL = 86_400;
/** The TTL of records whose own has run out (RFC 8767, 4). */
const STALE_TTL = 30;

/** Undefined for what must not be kept: failures, what cannot be read, NODATA without a SOA, TTLs of 0. */
export function keptAnswer(answer: Answer, now: number): KeptAnswer | undefined {
  const lifetime = lifetimeOf(answer.message);
  if (lifetime === undefined || lifetime.seconds === 0) return undefined;
  const { seconds, ttls } = lifetime;
  // A copy of its own: a small answer must not hold the large buffer that it was read into.
  const message = Buffer.from(answer.message);
  const kind = message.readUInt16BE(6) > 0 ? 'success' : 'denial';
  const records = answer.reason === undefined ? recordsOf(message) : undefined;
  return {
    answer: { ...answer, message },
    kind,
    ttls,
    since: now,
    until: now + seconds * 1_000,
    ...(records && { records }),
  };
}

/** Undefined where an OPT record stands before others, which may point behind it, or tells what each client has to know. */
function recordsOf(message: Buffer): KeptRecords | undefined {
  const additional = message.readUInt16BE(10);
  const opt = findOpt(message);
  if (opt === undefined || opt.end !== message.length) return undefined;
  if (opt.start === opt.end) return { end: opt.end, additional };
  const says = message[opt.start + 5] !== 0 || findOption(message, opt, OPTION.EXTENDED_ERROR).length > 0;
  return says ? undefined : { end: opt.start, additional: additional - 1 };
}

/** The answer with what is left of its TTLs. */
export function freshCopy({ answer, ttls, since }: KeptAnswer, now: number): Answer {
  const message = Buffer.from(answer.message);
  const age = Math.floor((now - since) / 1_000);
  for (const at of ttls) message.writeUInt32BE(Math.max(0, message.readUInt32BE(at) - age), at);
  return { ...answer, message };
}

/** The answer though its time is over, which is said (RFC 8914, 4.4 and 4.20). */
export function staleCopy({ answer, ttls }: KeptAnswer): Answer {
  const message = Buffer.from(answer.message);
  for (const at of ttls) message.writeUInt32BE(STALE_TTL, at);
  const exists = (message.readUInt16BE(2) & 15) === RCODE.NOERROR;
  const code = exists ? INFO_CODE.STALE_ANSWER : INFO_CODE.STALE_NXDOMAIN_ANSWER;
  return { message, reason: { code, text: 'no upstream answers: this is what was last known' } };
}

/**
 * How long an answer may be kept: the smallest TTL of its records; without an answer the SOA's, by RFC 2308, 5.
 */
function lifetimeOf(
  bytes: Buffer,
): { readonly seconds: number; readonly ttls: readonly number[] } | undefined {
  const flags = bytes.readUInt16BE(2);
  const rcode = flags & 15;
  const inspected = inspectMessage(bytes, 'any');
  if (inspected.fault !== undefined || (flags & FLAG.TC) !== 0) return undefined;
  if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) return undefined;
  const data = inspected.types.filter((at) => bytes.readUInt16BE(at) !== TYPE.OPT);
  const soa = data.find((at) => bytes.readUInt16BE(at) === TYPE.SOA);
  const negative = rcode === RCODE.NXDOMAIN || bytes.readUInt16BE(6) === 0;
  if (negative && soa === undefined) return undefined;
  const ttls = data.map((at) => at + 4);
  const all = ttls.map((at) => bytes.readUInt32BE(at)).map((ttl) => (ttl >= 2 ** 31 ? 0 : ttl)); // RFC 2181, 8
  const seconds = Math.min(LONGEST_TTL, ...all, negative ? soaMinimum(bytes, soa as number) : LONGEST_TTL);
  return { seconds, ttls };
}

/** The last field of a SOA's rdata; `at` is where the record's type stands. */
function soaMinimum(bytes: Buffer, at: number): number {
  const rdata = at + 10;
  return bytes.readUInt32BE(rdata + bytes.readUInt16BE(at + 8) - 4);
}
