import {
  AnswerWriter,
  type Exchange,
  type ExtendedError,
  explain,
  type Query,
  replyLimit,
  writeEmptyReply,
} from '@callsign/dns';
import type { Zone } from '../zone/zone.ts';
import type { DnsCounters } from './counters.ts';

/** Writes replies to the query that has been read last, and counts them. */
export class Replies {
  readonly #query: Query;
  readonly #flags: number;
  readonly #counters: DnsCounters;
  #zone: Zone | undefined;

  /** @param flags what the header of every answer has besides the rcode */
  constructor(query: Query, flags: number, counters: DnsCounters) {
    this.#query = query;
    this.#flags = flags;
    this.#counters = counters;
  }

  publish(zone: Zone): void {
    this.#zone = zone;
  }

  /** The SOA's, now. */
  get serial(): number {
    return (this.#zone?.revision ?? 0) % 2 ** 32;
  }

  /** @param at where the finished answer stands in the writer's memory */
  write(writer: AnswerWriter, at: number, reply: Buffer, { transport }: Exchange): number {
    const limit = replyLimit(this.#query, transport);
    const stream = transport !== 'udp';
    const size = writer.write(at, reply, this.#query, this.#flags, limit, stream, this.serial);
    this.#counters.response((reply[3] as number) & 15);
    return size;
  }

  /** An answer that nobody keeps. */
  writeOnce(words: Int32Array, reply: Buffer, exchange: Exchange): number {
    return this.write(new AnswerWriter(words.buffer), 0, reply, exchange);
  }

  refuse(reply: Buffer, rcode: number, reason?: ExtendedError): number {
    this.#counters.response(rcode);
    const length = writeEmptyReply(reply, this.#query, rcode);
    if (reason === undefined) return length;
    return explain(reply, length, reason, this.#query.payload - this.#query.reserved);
  }
}
