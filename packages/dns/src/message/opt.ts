import { get16 } from './bytes.ts';
import { EDNS_PAYLOAD, RECORD_HEAD, TYPE } from './constants.ts';
import { questionEnd, skipName } from './question.ts';

/** Bytes of an OPT record without options. */
export const OPT_LENGTH = 1 + RECORD_HEAD;

/** The options that Callsign knows (IANA "DNS EDNS0 Option Codes"). */
export const OPTION = { NSID: 3, COOKIE: 10, PADDING: 12, EXTENDED_ERROR: 15 } as const;

/** Bytes of an option before its data: code and length. */
export const OPTION_HEAD = 4;

/** The most bytes that the options of one reply take besides an extended error: a cookie and a name. */
const MOST_OPTIONS = 96;

/** Options as they stand in an OPT record, to be written anew for each query. */
export class OptionList {
  readonly bytes = Buffer.allocUnsafe(MOST_OPTIONS);
  length = 0;

  /** Begins an option of so many bytes. @returns where its data is to be written */
  add(code: number, size: number): number {
    const at = this.length;
    this.bytes.writeUInt16BE(code, at);
    this.bytes.writeUInt16BE(size, at + 2);
    this.length = at + OPTION_HEAD + size;
    return at + OPTION_HEAD;
  }
}

/**
 * Writes an OPT record (RFC 6891, 6.1.2 and 6.1.3): our payload size, the upper bits of the rcode, version 0,
 * DO as the client had it.
 * @returns where it ends
 */
export function writeOpt(into: Buffer, at: number, rcode: number, dnssecOk: boolean): number {
  into[at] = 0;
  into.writeUInt16BE(TYPE.OPT, at + 1);
  into.writeUInt16BE(EDNS_PAYLOAD, at + 3);
  into[at + 5] = rcode >> 4;
  into[at + 6] = 0;
  into.writeUInt16BE(dnssecOk ? 0x8000 : 0, at + 7);
  into.writeUInt16BE(0, at + 9);
  return at + OPT_LENGTH;
}

/** Adds bytes of options to an OPT record at `opt` that ends the message. @returns where it ends now */
export function appendOptions(message: Buffer, opt: number, options: Buffer, size: number): number {
  const rdlength = message.readUInt16BE(opt + 9);
  const end = opt + OPT_LENGTH + rdlength;
  options.copy(message, end, 0, size);
  message.writeUInt16BE(rdlength + size, opt + 9);
  return end + size;
}

/** Where something stands in a message: from its first byte to the one behind its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An OPT record's place. */
export interface OptPlace extends Span {
  /** How many records stand behind it. */
  readonly behind: number;
}

/**
 * Where a message's OPT record stands; for a message without one, the empty span at its end.
 * @returns undefined for a message whose records do not add up
 */
export function findOpt(message: Buffer): OptPlace | undefined {
  const records = get16(message, 6) + get16(message, 8) + get16(message, 10);
  let found: OptPlace | undefined;
  let at = questionEnd(message);
  for (let left = records; left > 0; left -= 1) {
    const fixed = skipName(message, at, message.length);
    if (fixed < 0 || fixed + RECORD_HEAD > message.length) return undefined;
    const end = fixed + RECORD_HEAD + get16(message, fixed + 8);
    const isOpt = fixed === at + 1 && get16(message, fixed) === TYPE.OPT;
    if (isOpt) found ??= { start: at, end, behind: left - 1 };
    at = end;
  }
  return at === message.length ? (found ?? { start: at, end: at, behind: 0 }) : undefined;
}

/** The first option of this code in an OPT record, its head included; nothing when there is none. */
export function findOption(message: Buffer, opt: Span, code: number): Buffer {
  for (let at = opt.start + OPT_LENGTH; at + OPTION_HEAD <= opt.end; ) {
    const end = at + OPTION_HEAD + message.readUInt16BE(at + 2);
    if (message.readUInt16BE(at) === code && end <= opt.end) return message.subarray(at, end);
    at = end;
  }
  return message.subarray(0, 0);
}

/** Each option has a code, a length and that many bytes (RFC 6891, 6.1.2). */
export function optionsAddUp(packet: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at + OPTION_HEAD <= end) at += OPTION_HEAD + packet.readUInt16BE(at + 2);
  return at === end;
}
