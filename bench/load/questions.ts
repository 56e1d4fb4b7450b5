import { readFileSync, writeFileSync } from 'node:fs';

/** A question to ask again and again, and what tells that an answer to it is right. */
export interface Asked {
  /** A whole message with the id 0, in hexadecimal. */
  readonly message: string;
  /** The last bytes that its right answer has, in hexadecimal. */
  readonly rdata: string;
}

/** Behind the question: the record's name as a pointer, type, class, TTL and length. */
const RECORD_HEAD = 12;

/**
 * Questions side by side in one piece of memory: a million of them as objects would keep the asking program busier
 * than the server that it asks. Each is the length of its message, the message, the length of its rdata, the rdata.
 */
export class Questions {
  readonly #bytes: Buffer;
  readonly #starts: Uint32Array;

  /** From a list, or from the file that `writeQuestions` has written. */
  static of(source: readonly Asked[] | string): Questions {
    return new Questions(
      typeof source === 'string' ? readFileSync(source) : Buffer.concat(source.map(packed)),
    );
  }

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#starts = Uint32Array.from(startsIn(bytes));
  }

  get count(): number {
    return this.#starts.length;
  }

  /** Copies the message of one question. @returns its length */
  write(question: number, into: Buffer, offset: number): number {
    const start = this.#starts[question] as number;
    const length = this.#bytes[start] as number;
    this.#bytes.copy(into, offset, start + 1, start + 1 + length);
    return length;
  }

  /** Right: a reply, NOERROR, and the rdata behind the first record's fixed part. */
  isAnswered(question: number, answer: Buffer, offset: number, length: number): boolean {
    const start = this.#starts[question] as number;
    const message = this.#bytes[start] as number;
    const rdata = this.#bytes[start + 1 + message] as number;
    const expected = start + 1 + message + 1;
    const at = offset + message + RECORD_HEAD;
    return (
      (answer.readUInt16BE(offset + 2) & 0x800f) === 0x8000 &&
      at + rdata <= offset + length &&
      answer.compare(this.#bytes, expected, expected + rdata, at, at + rdata) === 0
    );
  }
}

/** Writes a file of questions for `Questions`. */
export function writeQuestions(path: string, all: Iterable<Asked>): void {
  writeFileSync(path, Buffer.concat(Array.from(all, packed)));
}

function packed({ message, rdata }: Asked): Buffer {
  return Buffer.from(lengthOf(message) + message + lengthOf(rdata) + rdata, 'hex');
}

/** One byte, for neither a question of ours nor the rdata is ever longer. */
function lengthOf(hex: string): string {
  return (hex.length / 2).toString(16).padStart(2, '0');
}

function* startsIn(bytes: Buffer): Generator<number> {
  for (let at = 0; at < bytes.length; ) {
    yield at;
    const message = bytes[at] as number;
    const rdata = bytes[at + 1 + message] as number;
    at += 1 + message + 1 + rdata;
  }
}
