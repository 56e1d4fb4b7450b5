/** How the value of a field is written (Protocol Buffers, "Encoding"). */
const WIRE = { varint: 0, bits64: 1, bytes: 2, bits32: 5 } as const;
const WIRE_BITS = 3;
const MORE = 0x80;
const SEVEN_BITS = 0x7f;

/** Reads one message of Protocol Buffers, field by field. Whatever it is asked for throws a RangeError where the message ends. */
export class ProtobufReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #wire: number = WIRE.varint;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** The number of the next field, whose value is then read or skipped; undefined at the end. */
  next(): number | undefined {
    if (this.#at >= this.#end) return undefined;
    const tag = this.number();
    this.#wire = tag & ((1 << WIRE_BITS) - 1);
    return tag >>> WIRE_BITS;
  }

  /** A number that is not negative and has 53 bits at most. */
  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= SEVEN_BITS + 1) {
      const byte = this.#byte();
      value += (byte & SEVEN_BITS) * scale;
      if (byte < MORE) return value;
    }
  }

  /** A number of 64 bits. */
  bigint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & SEVEN_BITS) << shift;
      if (byte < MORE) return BigInt.asIntN(64, value);
    }
  }

  /** The bytes of a value, in the same memory. */
  bytes(): Buffer {
    const start = this.#skipBytes();
    return this.#bytes.subarray(start, this.#at);
  }

  /** A value that is a message itself. */
  message(): ProtobufReader {
    const start = this.#skipBytes();
    return new ProtobufReader(this.#bytes, start, this.#at);
  }

  /** Leaves out the value of a field that nobody knows. */
  skip(): void {
    if (this.#wire === WIRE.varint) this.number();
    else if (this.#wire === WIRE.bytes) this.#skipBytes();
    else this.#advance(this.#wire === WIRE.bits64 ? 8 : 4);
  }

  #skipBytes(): number {
    const length = this.number();
    this.#advance(length);
    return this.#at - length;
  }

  #byte(): number {
    const at = this.#at;
    this.#advance(1);
    return this.#bytes[at] as number;
  }

  #advance(bytes: number): void {
    this.#at += bytes;
    if (this.#at > this.#end) throw new RangeError('the message ends within a field');
  }
}
