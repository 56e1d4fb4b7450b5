import { INFO_CODE } from '../edns/extended-error.ts';
import { FLAG, RCODE, RECORD_HEAD, TYPE } from '../message/constants.ts';
import { findOpt, findOption, OPTION } from '../message/opt.ts';
import { questionEnd, skipName } from '../message/question.ts';
import { soaMinimumAt, ttlAt } from '../message/ttl.ts';
import type { Answer } from './answer.ts';
import { wholeRcode } from './upstream-answer.ts';

/** An answer with records, or one that says that there are none. */
export const ANSWER_KINDS = ['success', 'denial'] as const;
export type AnswerKind = (typeof ANSWER_KINDS)[number];

/** One upstream answer, as it came, and how long it may be given again. Times are monotonic milliseconds. */
export class KeptAnswer {
  readonly answer: Answer;
  readonly kind: AnswerKind;
  readonly since: number;
  readonly until: number;
  /** Worked out when the answer is given again, for most never are. */
  #ttls: readonly number[] | undefined;
  #records: KeptRecords | null | undefined;

  constructor(answer: Answer, since: number, until: number) {
    this.answer = { ...answer, message: ownCopy(answer.message) };
    this.kind = answer.message.readUInt16BE(6) > 0 ? 'success' : 'denial';
    this.since = since;
    this.until = until;
  }

  /** The offsets of the records' TTLs, but for OPT's. */
  get ttls(): readonly number[] {
    this.#ttls ??= recordsIn(this.answer.message).map((type) => type + 4);
    return this.#ttls;
  }

  /** Undefined for an answer that has to be taken apart for each client. */
  get records(): KeptRecords | undefined {
    const { message, reason } = this.answer;
    if (this.#records === undefined) this.#records = (reason === undefined && recordsOf(message)) || null;
    return this.#records ?? undefined;
  }

  /** About how many bytes of memory it takes. */
  get bytes(): number {
    const { message } = this.answer;
    return (
      message.length + 8 * (message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10))
    );
  }
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

/** Undefined for what must not be kept: failures, NODATA without a SOA, TTLs of 0. */
export function keptAnswer(answer: Answer, now: number): KeptAnswer | undefined {
  const seconds = lifetimeOf(answer.message);
  return seconds === 0 ? undefined : new KeptAnswer(answer, now, now + seconds * 1_000);
}

/**
 * Undefined where records stand behind OPT, for their names may point past it, or where OPT has something to tell
 * every client.
 */
function recordsOf(message: Buffer): KeptRecords | undefined {
  const additional = message.readUInt16BE(10);
  const opt = findOpt(message);
  if (opt === undefined || opt.end !== message.length) return undefined;
  if (opt.start === opt.end) return { end: opt.end, additional };
  const says = findOption(message, opt, OPTION.EXTENDED_ERROR).length > 0;
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
 * A copy, because a small answer must not hold the large buffer that it was read into. In a negative answer the SOA
 * gets the negative TTL, for clients know it by nothing else (RFC 2308, 3).
 */
function ownCopy(message: Buffer): Buffer {
  const copy = Buffer.from(message);
  const soa = denyingSoa(copy);
  if (soa !== undefined) copy.writeUInt32BE(denialTtl(copy, soa), soa + 4);
  return copy;
}

/** The offset of the type of the SOA that makes an answer negative, also behind an alias (RFC 2308, 2.1 and 2.2). */
function denyingSoa(message: Buffer): number | undefined {
  const [answers, authorities] = [message.readUInt16BE(6), message.readUInt16BE(8)];
  if (authorities === 0) return undefined;
  const authority = recordsIn(message).slice(answers, answers + authorities);
  return authority.find((type) => message.readUInt16BE(type) === TYPE.SOA);
}

/** RFC 2308, 5. */
function denialTtl(message: Buffer, soa: number): number {
  return Math.min(ttlAt(message, soa), soaMinimumAt(message, soa));
}

/** How many seconds an answer may be kept: the smallest TTL of its records. */
function lifetimeOf(message: Buffer): number {
  const rcode = wholeRcode(message);
  const isCut = (message.readUInt16BE(2) & FLAG.TC) !== 0;
  if (isCut || (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN)) return 0;
  const soa = denyingSoa(message);
  const negative = rcode === RCODE.NXDOMAIN || message.readUInt16BE(6) === 0;
  if (negative && soa === undefined) return 0;
  const longest = soa === undefined ? LONGEST_TTL : Math.min(LONGEST_TTL, denialTtl(message, soa));
  return recordsIn(message).reduce((least, type) => Math.min(least, ttlAt(message, type)), longest);
}

/** The offsets of the records' types, but for OPT's, in a message that has been judged. */
function recordsIn(message: Buffer): number[] {
  const records: number[] = [];
  for (let at = questionEnd(message); at < message.length; ) {
    const type = skipName(message, at, message.length);
    if (message.readUInt16BE(type) !== TYPE.OPT) records.push(type);
    at = type + RECORD_HEAD + message.readUInt16BE(type + 8);
  }
  return records;
}
