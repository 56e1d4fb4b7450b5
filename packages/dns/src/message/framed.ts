import { put16 } from './bytes.ts';
import { copyBytes } from './reply.ts';

const LENGTH = 2;
const FIRST_ROOM = 1 << 16;

/** Where the message at `at` ends, behind its length (RFC 1035, 4.2.2); infinitely far while not even that has come. */
export function messageEnd(bytes: Buffer, at: number): number {
  return at + LENGTH <= bytes.length ? at + LENGTH + bytes.readUInt16BE(at) : Number.POSITIVE_INFINITY;
}

/** One message behind its length. */
export function framed(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(message.length + LENGTH);
  bytes.writeUInt16BE(message.length);
  bytes.set(message, LENGTH);
  return bytes;
}

/** Messages that go with one write, each behind its length, in room that is used again and again. */
export class Frames {
  #bytes = Buffer.allocUnsafe(FIRST_ROOM);
  #end = 0;

  get length(): number {
    return this.#end;
  }

  /** Adds the first `length` bytes of a message. */
  add(message: Buffer, length: number): void {
    this.#makeRoom(length + LENGTH);
    put16(this.#bytes, length, this.#end);
    this.#end = copyBytes(message, 0, length, this.#bytes, this.#end + LENGTH);
  }

  /** A copy of what was added, after which there is nothing. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#end));
    this.#end = 0;
    return taken;
  }

  #makeRoom(more: number): void {
    if (this.#end + more <= this.#bytes.length) return;
    this.#bytes = Buffer.concat([this.#bytes], 2 * (this.#end + more));
  }
}
