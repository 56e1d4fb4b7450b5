import { HEADER, MAX_LABEL, MAX_NAME } from './constants.ts';

/** Where the name of a message's question ends. Only for messages whose question has been judged. */
export function questionNameEnd(message: Buffer): number {
  let at = HEADER;
  while (message[at] !== 0) at += (message[at] as number) + 1;
  return at + 1;
}

/** Where the records of a message begin, behind its one question or none. Only for questions that were judged. */
export function questionEnd(message: Buffer): number {
  return message.readUInt16BE(4) === 0 ? HEADER : questionNameEnd(message) + 4;
}

/** Where a record's name ends; a pointer ends it and is not followed. Negative for a name that is none. */
export function skipName(packet: Buffer, start: number, length: number): number {
  for (let at = start; at < length; ) {
    const size = packet[at] as number;
    if (size === 0) return at + 1;
    if (size >= 0xc0) return at + 2;
    if (size > MAX_LABEL || at - start > MAX_NAME) return -1;
    at += size + 1;
  }
  return -1;
}

/** A judged name in lower case, each byte as one character. */
export function lowerName(message: Buffer, start = HEADER): string {
  let end = start;
  while (message[end] !== 0) end += (message[end] as number) + 1;
  return lowerBytes(message, start, end + 1);
}

/** Bytes of a name as characters, in lower case (RFC 4343, 3): a label's length is never taken for a letter. */
export function lowerBytes(message: Buffer, start: number, end: number): string {
  const bytes = message.toString('latin1', start, end);
  return bytes.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
