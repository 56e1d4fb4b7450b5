/** Wire types of Protocol Buffers' encoding. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Writes one message after the other into the same memory: the few kinds of fields that dnstap has. */
export class ProtobufWriter {
  readonly #bytes: Buffer;
  #at = 0;

  /** @param size bytes that a message may have */
  constructor(size: number) {
    this.#bytes = Buffer.alloc(size);
  }

  /** The message so far, good until the next one is begun. */
  get message(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  begin(): void {
    this.#at = 0;
  }

  varint(field: number, value: number): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, FIXED32);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  /** Seven bits in each byte, the lowest first, and the eighth while there are more; seconds have more than 32 bits. */
  #varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#byte((rest % 128) | 128);
    this.#byte(rest);
  }

  #byte(value: number): void {
    this.#bytes[this.#at] = value;
    this.#at += 1;
  }
}
