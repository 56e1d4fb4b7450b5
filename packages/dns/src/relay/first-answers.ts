import { WORD, wordsFor } from '../answers/answer-bytes.ts';
import { AnswerTable, type QuestionKey, type TableMemory } from '../answers/answer-table.ts';
import { MOST_KEY } from '../answers/forwarded-key.ts';
import { Stamps } from '../answers/stamps.ts';
import { PACKET } from '../batch/origin.ts';
import { get16 } from '../message/bytes.ts';
import { copyBytes } from '../message/reply.ts';
import type { KnownKeys } from './known-keys.ts';
import type { RelayCounters } from './relay-counters.ts';

/**
 * Words of an upstream's whole message besides those of every answer: its bytes, and when it came, in two parts. Behind
 * them: key, message.
 */
const LENGTH = WORD.RCODE;
const SECONDS = WORD.FLAGS;
const MILLISECONDS = WORD.ANSWERS;
const HEAD = WORD.ENDS;
const BYTES = 4;

/** What an upstream said, and when, in monotonic milliseconds of the main thread's clock. */
export interface FirstAnswer {
  readonly message: Buffer;
  readonly since: number;
}

/**
 * Answers that a thread got and nobody has asked for again, as they came: most never are. Whoever does goes to the main
 * thread, which finds them here and keeps them in its cache.
 */
export class FirstAnswers {
  readonly #table: AnswerTable;
  readonly #counters: RelayCounters;
  readonly #words = new Int32Array(HEAD + (MOST_KEY + PACKET) / BYTES);
  readonly #bytes = Buffer.from(this.#words.buffer);

  /** The side of the one thread that writes. */
  constructor(memory: TableMemory, known: KnownKeys, counters: RelayCounters) {
    this.#counters = counters;
    this.#table = new AnswerTable(memory, new Stamps(memory.stamps), (hash) => known.remove(hash));
    this.#table.takeOver();
    counters.begin();
  }

  /** @returns false when there is no room for it; what is kept has to be known, and is no longer once it goes */
  keep(key: QuestionKey, message: Buffer, since: number): boolean {
    const size = this.#layOut(key, message, since);
    const at = this.#table.add(key, this.#words, Stamps.NEVER, size);
    if (at < 0) return false;
    this.#counters.keep(this.#table.halfOf(at), get16(message, 6) > 0, this.#table.bytes);
    return true;
  }

  #layOut({ keyWords, keyLength }: QuestionKey, message: Buffer, since: number): number {
    const words = this.#words;
    const { length } = message;
    const messageAt = HEAD + wordsFor(keyLength);
    words[WORD.KEY] = HEAD;
    words[WORD.RECORDS] = messageAt;
    words[WORD.KEY_LENGTH] = keyLength;
    words[LENGTH] = length;
    words[SECONDS] = Math.floor(since / 1_000);
    words[MILLISECONDS] = Math.floor(since % 1_000);
    for (let at = HEAD; at < messageAt; at += 1) words[at] = keyWords[at - HEAD] as number;
    copyBytes(message, 0, length, this.#bytes, messageAt * BYTES);
    return messageAt + wordsFor(length);
  }
}

/** The main thread's side. */
export class FirstAnswersReader {
  readonly memory: TableMemory;
  readonly #table: AnswerTable;
  readonly #reader: number;
  readonly #slab: Buffer;

  /** @param bytes that they may take */
  constructor(bytes: number) {
    this.#table = AnswerTable.create(bytes, new Stamps(new SharedArrayBuffer(2 * BYTES)));
    this.#reader = this.#table.addReader();
    this.memory = this.#table.memory;
    this.#slab = Buffer.from(this.memory.slab as unknown as ArrayBuffer);
  }

  find(key: QuestionKey): FirstAnswer | undefined {
    this.#table.turn(this.#reader);
    const at = this.#table.find(key);
    const found = at < 0 ? undefined : this.#read(at);
    this.#table.turn(this.#reader);
    return found;
  }

  #read(at: number): FirstAnswer {
    const slab = this.#slab;
    const word = (which: number) => slab.readInt32LE((at + which) * BYTES);
    const start = (at + word(WORD.RECORDS)) * BYTES;
    const message = Buffer.from(slab.subarray(start, start + word(LENGTH)));
    return { message, since: word(SECONDS) * 1_000 + word(MILLISECONDS) };
  }
}
