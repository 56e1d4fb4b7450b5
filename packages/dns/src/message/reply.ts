import type { Transport } from '../responder.ts';
import { get16, put16, put32 } from './bytes.ts';
import { FLAG, HEADER, MAX_MESSAGE } from './constants.ts';
import {
  appendOptions,
  findOpt,
  findOption,
  OPT_LENGTH,
  OPTION,
  type OptPlace,
  type Span,
  writeOpt,
} from './opt.ts';
import type { Query } from './query.ts';
import { questionEnd } from './question.ts';

/** The most bytes that a reply may have: what the client takes by UDP, 64 KiB by everything else. */
export function replyLimit(query: Query, transport: Transport): number {
  return (transport === 'udp' ? query.payload : MAX_MESSAGE) - query.reserved;
}

/**
 * Writes the header of a reply, without counts: the query's id, opcode, RD and CD are echoed (RFC 1035, 4.1.1;
 * RFC 4035, 3.1.6).
 */
export function writeHeader(into: Buffer, query: Query, rcode: number, flags: number): void {
  const echoed = query.flags & (FLAG.RD | FLAG.CD | 0x7800);
  put16(into, query.id, 0);
  put16(into, FLAG.QR | echoed | flags | (rcode & 15), 2);
  put32(into, 0, 4);
  put32(into, 0, 8);
}

/** Echoes the question byte by byte: some clients hide entropy in the case of its letters. */
export function writeQuestion(into: Buffer, query: Query): number {
  put16(into, query.end > HEADER ? 1 : 0, 4);
  return copyBytes(query.packet, HEADER, query.end, into, HEADER);
}

/** Fewer bytes than this are copied sooner by hand than by a call out of JavaScript. */
const FEW = 64;

/** Copies the bytes from `start` to before `end`. @returns where they end in `into` */
export function copyBytes(from: Buffer, start: number, end: number, into: Buffer, at: number): number {
  if (end - start > FEW) return at + from.copy(into, at, start, end);
  let to = at;
  for (let next = start; next < end; next += 1, to += 1) into[to] = from[next] as number;
  return to;
}

/**
 * Writes a reply that has nothing but a header, what could be read of the question, and OPT when the query had it.
 * @returns its length
 */
export function writeEmptyReply(into: Buffer, query: Query, rcode: number, flags = 0): number {
  writeHeader(into, query, rcode, flags);
  const end = writeQuestion(into, query);
  return query.edns ? closeWithOpt(into, end, query, rcode) : end;
}

/** Adds the OPT record with this client's options, and counts it. @returns the reply's length */
export function closeWithOpt(into: Buffer, at: number, query: Query, rcode: number): number {
  into.writeUInt16BE(into.readUInt16BE(10) + 1, 10);
  const end = writeOpt(into, at, rcode, query.dnssecOk);
  const { bytes, length } = query.options;
  return length === 0 ? end : appendOptions(into, at, bytes, length);
}

/** Bytes that have to stay free for OPT. */
export function optRoom(query: Query): number {
  return query.edns ? OPT_LENGTH + query.options.length : 0;
}

/**
 * The records of somebody else's message as our client gets them, behind the header and the question of the empty reply
 * that was made for it. OPT is for one hop (RFC 6891, 6.1.1 and 7): theirs gives way to that of the empty reply. One thing
 * of theirs is meant for everybody on the way: why the rcode is what it is (RFC 8914, 3).
 * The few senders that have records behind OPT have only additional ones there; these go, for they may point behind it.
 *
 * @param message one with the same question, in whatever letters' case
 * @returns undefined for a message whose records do not add up
 */
export function withOptOf(empty: Buffer, message: Buffer): Buffer | undefined {
  const theirs = findOpt(message);
  if (theirs === undefined) return undefined;
  const question = questionEnd(empty);
  const ours = optFor(empty, question, message, theirs);
  const reply = Buffer.allocUnsafe(theirs.start + ours.length);
  copyBytes(empty, 0, question, reply, 0);
  const end = copyBytes(message, question, theirs.start, reply, question);
  copyBytes(ours, 0, ours.length, reply, end);
  copyBytes(message, 6, 10, reply, 6);
  put16(reply, additionalBefore(message, theirs) + (ours.length > 0 ? 1 : 0), 10);
  return reply;
}

/** How many additional records stand before OPT. */
export function additionalBefore(message: Buffer, { start, end, behind }: OptPlace): number {
  return get16(message, 10) - behind - (end > start ? 1 : 0);
}

function optFor(empty: Buffer, question: number, message: Buffer, theirs: Span): Buffer {
  const own = empty.subarray(question);
  if (own.length === 0 || theirs.end === theirs.start) return own;
  const reason = findOption(message, theirs, OPTION.EXTENDED_ERROR);
  const opt = Buffer.concat([own, reason]);
  opt.writeUInt16BE(opt.length - OPT_LENGTH, 9);
  return opt;
}
