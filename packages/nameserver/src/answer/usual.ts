import {
  AnswerTable,
  AnswerWriter,
  LATER,
  PASS,
  Query,
  type Responder,
  type TableMemory,
} from '@callsign/dns/hot';
import type { DnsCounters } from './counters.ts';

/** What the usual questions are answered by, in whatever thread. */
export interface UsualAnswers {
  readonly table: TableMemory;
  /** What the header of every reply has besides the rcode: AA, RA. */
  readonly flags: number;
}

/**
 * The short way alone, for a thread of its own: questions that were asked before, of clients that ask for nothing
 * special. Every other one is passed on to the thread that has the zone, which finishes the answer for all.
 */
export class UsualResponder implements Responder {
  readonly #query = new Query();
  readonly #table: AnswerTable;
  readonly #writer: AnswerWriter;
  readonly #flags: number;
  readonly #counters: DnsCounters;
  readonly #reader: number;

  constructor({ table, flags }: UsualAnswers, counters: DnsCounters) {
    this.#table = new AnswerTable(table);
    this.#writer = new AnswerWriter(table.slab);
    this.#flags = flags;
    this.#counters = counters;
    this.#reader = this.#table.addReader();
  }

  respond(packet: Buffer, length: number, reply: Buffer): number {
    const query = this.#query;
    const verdict = query.read(packet, length);
    if (verdict === 'drop') {
      this.#counters.drop();
      return LATER;
    }
    if (verdict !== 'answer' || query.asksForOptions || query.tsig !== 0) return PASS;
    this.#table.turn(this.#reader);
    const size = this.#write(reply);
    this.#table.turn(this.#reader);
    return size;
  }

  #write(reply: Buffer): number {
    const query = this.#query;
    const at = this.#table.find(query);
    if (at < 0) return PASS;
    const serial = this.#table.serial;
    const size = this.#writer.write(at, reply, query, this.#flags, query.payload, false, serial);
    this.#counters.request('udp', query);
    this.#counters.response((reply[3] as number) & 15);
    return size;
  }
}
