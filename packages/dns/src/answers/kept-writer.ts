import { get32, put16, put32 } from '../message/bytes.ts';
import type { Query } from '../message/query.ts';
import { closeWithOpt, copyBytes, optRoom, writeHeader, writeQuestion } from '../message/reply.ts';
import { PASS } from '../responder.ts';
import { WORD } from './answer-bytes.ts';
import { KEPT } from './kept-bytes.ts';

/** Writes replies from upstreams' answers, wherever in this memory they stand. Allocates nothing. */
export class KeptWriter {
  readonly #words: Int32Array;
  readonly #bytes: Buffer;

  constructor(memory: ArrayBufferLike) {
    this.#words = new Int32Array(memory);
    this.#bytes = Buffer.from(memory as ArrayBuffer);
  }

  /**
   * Writes the reply to one client, with what is left of the TTLs.
   * @param at where the answer begins, in words
   * @param limit most bytes that it may have
   * @param seconds of the table's clock
   * @returns its length; PASS when it does not fit
   */
  write(at: number, into: Buffer, query: Query, limit: number, seconds: number): number {
    const words = this.#words;
    const length = words[at + KEPT.LENGTH] as number;
    if (query.end + length + optRoom(query) > limit) return PASS;
    const rcode = words[at + KEPT.RCODE] as number;
    writeHeader(into, query, rcode, words[at + KEPT.FLAGS] as number);
    writeQuestion(into, query);
    const from = (at + (words[at + WORD.RECORDS] as number)) << 2;
    const end = copyBytes(this.#bytes, from, from + length, into, query.end);
    this.#age(at, into, query.end, seconds - (words[at + KEPT.SINCE] as number));
    put16(into, words[at + KEPT.ANSWERS] as number, 6);
    put16(into, words[at + KEPT.AUTHORITIES] as number, 8);
    put16(into, words[at + KEPT.ADDITIONAL] as number, 10);
    return query.edns ? closeWithOpt(into, end, query, rcode) : end;
  }

  /** True for an answer that says that there are no records. */
  isDenial(at: number): boolean {
    return this.#words[at + KEPT.ANSWERS] === 0;
  }

  #age(at: number, into: Buffer, start: number, age: number): void {
    const words = this.#words;
    const last = at + KEPT.TTLS + (words[at + KEPT.TTL_COUNT] as number);
    for (let ttl = at + KEPT.TTLS; ttl < last; ttl += 1) {
      const place = start + (words[ttl] as number);
      put32(into, Math.max(0, get32(into, place) - age), place);
    }
  }
}
