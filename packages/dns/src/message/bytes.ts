/** Numbers in network order, where every nanosecond counts: Buffer's own methods check what is known here. */
export function put16(into: Buffer, value: number, at: number): void {
  into[at] = value >>> 8;
  into[at + 1] = value;
}

export function put32(into: Buffer, value: number, at: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

/** A number of 16 bits in a place that the packet is known to have. */
export function get16(from: Buffer, at: number): number {
  return ((from[at] as number) << 8) | (from[at + 1] as number);
}

/** One of 32 bits. */
export function get32(from: Buffer, at: number): number {
  return get16(from, at) * 0x1_0000 + get16(from, at + 2);
}

/**
 * Numbers of 16 bits as bytes of their own.
 * @throws {RangeError} for what is larger
 */
export function uint16(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 2);
  for (let at = 0; at < values.length; at += 1) bytes.writeUInt16BE(values[at] as number, at * 2);
  return bytes;
}

/** The same of 32 bits. */
export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  for (let at = 0; at < values.length; at += 1) bytes.writeUInt32BE(values[at] as number, at * 4);
  return bytes;
}
