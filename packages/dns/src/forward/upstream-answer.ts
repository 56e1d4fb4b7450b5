import { get16 } from '../message/bytes.ts';
import { EDNS_PAYLOAD, FLAG, HEADER, PLAIN_PAYLOAD, RCODE, RECORD_HEAD, TYPE } from '../message/constants.ts';
import { inspectMessage } from '../message/inspect.ts';
import { findOpt, type Span } from '../message/opt.ts';
import { lowerBytes, questionEnd, questionNameEnd } from '../message/question.ts';
import type { Answer } from './answer.ts';

const QR_AND_OPCODE = 0xf800;
/** All that the header has room for. */
const LAST_PLAIN_RCODE = 15;

/** A message that was judged: the answer, `truncated` when there is more of it over TCP, or none to this question. */
export type AnswerVerdict = 'answer' | 'truncated' | 'none';

/** `none` for what has to be dropped, too: what is no whole message. */
export function judgeAnswer(query: Buffer, bytes: Buffer): AnswerVerdict {
  if (!isAnswerTo(query, bytes)) return 'none';
  if ((bytes.readUInt16BE(2) & FLAG.TC) !== 0) return 'truncated';
  const inspection = inspectMessage(bytes);
  return inspection.fault === undefined && isOptInPlace(bytes, inspection.types) ? 'answer' : 'none';
}

/**
 * OPT stands in the additional section, at the root, and once (RFC 6891, 6.1.1 and 6.1.2): whoever takes it out takes one off
 * that section's count, and a client that finds a second one takes the message for malformed.
 */
function isOptInPlace(bytes: Buffer, types: readonly number[]): boolean {
  const additional = types.length - get16(bytes, 10);
  let found = false;
  for (let at = 0; at < types.length; at += 1) {
    const type = types[at] as number;
    if (get16(bytes, type) !== TYPE.OPT) continue;
    if (found || at < additional || startOf(bytes, types, at) + 1 !== type) return false;
    found = true;
  }
  return true;
}

/** Where a record begins: where the one before it ends. */
function startOf(bytes: Buffer, types: readonly number[], at: number): number {
  const before = types[at - 1];
  return before === undefined ? questionEnd(bytes) : before + RECORD_HEAD + get16(bytes, before + 8);
}

/** What an upstream sent, as far as it can be used. */
export function readAnswer(query: Buffer, bytes: Buffer): Buffer | 'truncated' | undefined {
  const verdict = judgeAnswer(query, bytes);
  if (verdict === 'answer') return bytes;
  return verdict === 'none' ? undefined : verdict;
}

/** Larger than what was asked for: we say how much may come in the OPT record (RFC 6891, 6.2.3). */
export function isOversized(query: Buffer, datagram: Buffer): boolean {
  return datagram.length > (query.readUInt16BE(10) === 0 ? PLAIN_PAYLOAD : EDNS_PAYLOAD);
}

/** True when an upstream knows what is asked for, even if that is nothing; the next may know more otherwise. */
export function isConclusive({ message }: Answer): boolean {
  const rcode = wholeRcode(message);
  return rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN;
}

/** With its upper bits, which stand in the OPT record (RFC 6891, 6.1.3). */
export function wholeRcode(message: Buffer): number {
  const lower = get16(message, 2) & 15;
  const opt = optIn(message);
  return opt === undefined ? lower : ((message[opt.start + 5] as number) << 4) | lower;
}

/**
 * Who speaks no EDNS says FORMERR and brings none (RFC 6891, 7). An rcode with upper bits, BADVERS for one, is about EDNS
 * alone: no client of ours has asked for that.
 */
export function refusesEdns(query: Buffer, answer: Buffer): boolean {
  const rcode = wholeRcode(answer);
  const isPlain = rcode === RCODE.FORMERR && optIn(answer) === undefined;
  return rcode > LAST_PLAIN_RCODE || (isPlain && optIn(query) !== undefined);
}

function optIn(message: Buffer): Span | undefined {
  const opt = get16(message, 10) === 0 ? undefined : findOpt(message);
  return opt === undefined || opt.start === opt.end ? undefined : opt;
}

/** The question as it is asked of those who speak no EDNS: nothing stands behind it but the OPT record. */
export function withoutEdns(query: Buffer): Buffer {
  const plain = Buffer.from(query.subarray(0, questionEnd(query)));
  plain.writeUInt16BE(0, 10);
  return plain;
}

/** Same id, a response of the same kind, and the very question that was asked, whatever its letters' case (RFC 5452, 9.1). */
export function isAnswerTo(query: Buffer, answer: Buffer): boolean {
  if (answer.length < HEADER) return false;
  if (answer.readUInt16BE(0) !== query.readUInt16BE(0)) return false;
  if ((answer.readUInt16BE(2) & QR_AND_OPCODE) !== (FLAG.QR | (query.readUInt16BE(2) & QR_AND_OPCODE)))
    return false;
  if (answer.readUInt16BE(4) !== 1) return false;
  const end = questionNameEnd(query);
  if (answer.length < end + 4 || !isSame(query, answer, end, end + 4)) return false;
  // Most give the question back as it came.
  return (
    isSame(query, answer, HEADER, end) || lowerBytes(query, HEADER, end) === lowerBytes(answer, HEADER, end)
  );
}

/** By hand: so few bytes are compared sooner than by a call out of JavaScript. */
function isSame(one: Buffer, other: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (one[at] !== other[at]) return false;
  return true;
}
