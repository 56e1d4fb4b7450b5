import { put16, put32 } from '../message/bytes.ts';
import { FLAG } from '../message/constants.ts';
import type { Query } from '../message/query.ts';
import { closeWithOpt, copyBytes, optRoom, writeHeader, writeQuestion } from '../message/reply.ts';
import { WORD } from './answer-bytes.ts';

/** Writes replies from answers' bytes, wherever in this memory they stand. Allocates nothing. */
export class AnswerWriter {
  readonly #words: Int32Array;
  readonly #bytes: Buffer;

  constructor(memory: ArrayBufferLike) {
    this.#words = new Int32Array(memory);
    this.#bytes = Buffer.from(memory as ArrayBuffer);
  }

  /**
   * Writes the reply to one client.
   * @param at where the answer begins, in words
   * @param flags what the header has besides the rcode: AA, RA
   * @param limit most bytes that it may have; an answer that is cut for it says so with TC, unless `stream`:
   *   over a stream there is nowhere else to go for the rest
   * @param serial the SOA's serial now
   * @returns its length
   */
  write(
    at: number,
    into: Buffer,
    query: Query,
    flags: number,
    limit: number,
    stream: boolean,
    serial: number,
  ): number {
    const words = this.#words;
    const room = limit - query.end - optRoom(query);
    const count = this.#fitting(at, room);
    const answers = Math.min(count, words[at + WORD.ANSWERS] as number);
    const needed = words[at + WORD.NEEDED] as number;
    const rcode = words[at + WORD.RCODE] as number;
    const allowed = flags & (words[at + WORD.FLAGS] as number);
    writeHeader(into, query, rcode, count < needed && !stream ? allowed | FLAG.TC : allowed);
    writeQuestion(into, query);
    const end = this.#copy(at, into, query.end, answers, count);
    const serialAt = words[at + WORD.SERIAL_AT] as number;
    if (serialAt >= 0 && count >= needed) put32(into, serial, query.end + serialAt);
    put16(into, answers, 6);
    put16(into, Math.min(count, needed) - answers, 8);
    put16(into, Math.max(0, count - needed), 10);
    return query.edns ? closeWithOpt(into, end, query, rcode) : end;
  }

  /**
   * How many records fit. Of the answers as many as have room whichever the turn begins with; the authorities all or
   * none; of the additional section whole RRsets (RFC 2181, 9).
   */
  #fitting(at: number, room: number): number {
    const words = this.#words;
    const all = words[at + WORD.ALL] as number;
    if (this.#end(at, all) <= room) return all;
    const answers = words[at + WORD.ANSWERS] as number;
    const needed = words[at + WORD.NEEDED] as number;
    if (this.#end(at, needed) <= room) return this.#wholeSets(at, room, needed, all);
    if (this.#end(at, answers) <= room) return answers;
    const turning = words[at + WORD.TURNING] as number;
    const fixed = this.#end(at, turning);
    return fixed > room ? 0 : turning + Math.floor((room - fixed) / (words[at + WORD.LARGEST] as number));
  }

  #wholeSets(at: number, room: number, needed: number, all: number): number {
    const first = at + WORD.ENDS + all + 1;
    for (let set = at + (this.#words[at + WORD.KEY] as number) - 1; set >= first; set -= 1) {
      const end = this.#words[set] as number;
      if (this.#end(at, end) <= room) return end;
    }
    return needed;
  }

  /** Copies the first `count` records, the turning ones from this turn's on. */
  #copy(at: number, into: Buffer, start: number, answers: number, count: number): number {
    const words = this.#words;
    const turning = words[at + WORD.TURNING] as number;
    const all = words[at + WORD.ANSWERS] as number;
    const turns = all - turning;
    if (turns < 2) return this.#range(at, into, start, 0, count);
    const turn = words[at + WORD.TURN] as number;
    // Several threads may count at the same time; a turn that is lost is no harm.
    words[at + WORD.TURN] = turn + 1;
    const first = turning + ((turn >>> 0) % turns);
    const tail = Math.min(all, first + answers - turning);
    const left = answers - turning - (tail - first);
    let end = this.#range(at, into, start, 0, Math.min(turning, count));
    end = this.#range(at, into, end, first, tail);
    end = this.#range(at, into, end, turning, turning + left);
    return answers < all ? end : this.#range(at, into, end, all, count);
  }

  /** Copies the records from the `from`th to before the `to`th. */
  #range(at: number, into: Buffer, start: number, from: number, to: number): number {
    if (to <= from) return start;
    const records = (at + (this.#words[at + WORD.RECORDS] as number)) << 2;
    return copyBytes(this.#bytes, records + this.#end(at, from), records + this.#end(at, to), into, start);
  }

  /** Where the first `count` records end. */
  #end(at: number, count: number): number {
    return this.#words[at + WORD.ENDS + count] as number;
  }
}
