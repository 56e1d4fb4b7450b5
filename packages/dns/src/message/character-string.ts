/** Bytes of a character string at most (RFC 1035, 3.3). */
const MAX_STRING = 255;

/**
 * Bytes behind their length; those of a text are UTF-8.
 * @throws {RangeError} for more than there may be
 */
export function characterString(text: string | Buffer): Buffer {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  if (bytes.length > MAX_STRING)
    throw new RangeError('a character string is longer than 255 bytes (RFC 1035, 3.3)');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

/** The bytes of the one that begins at an offset, without their length. @throws {RangeError} when they are not all there */
export function stringAt(rdata: Buffer, at: number): Buffer {
  const end = at + 1 + rdata.readUInt8(at);
  if (end > rdata.length) throw new RangeError('a string is cut short');
  return rdata.subarray(at + 1, end);
}

/** The bytes of one, without their length, as a zone file has them (RFC 1035, 5.1). */
export function presentString(bytes: Buffer): string {
  const escaped = bytes.toString('latin1').replace(/["\\]/g, '\\$&');
  return `"${escaped.replace(/[^\x20-\x7e]/g, (byte) => `\\${String(byte.charCodeAt(0)).padStart(3, '0')}`)}"`;
}

/** A text as the strings of a TXT record: 255 bytes of UTF-8 each (RFC 1035, 3.3), characters kept whole. */
export function splitText(text: string): string[] {
  const strings: string[] = [];
  let piece = '';
  let size = 0;
  for (const character of text) {
    const bytes = Buffer.byteLength(character);
    if (size + bytes > MAX_STRING) {
      strings.push(piece);
      piece = '';
      size = 0;
    }
    piece += character;
    size += bytes;
  }
  return [...strings, piece];
}
