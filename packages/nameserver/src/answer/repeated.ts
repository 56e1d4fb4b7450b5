import {
  type AnswerTable,
  type Exchange,
  ForwardedKey,
  KeptWriter,
  PASS,
  type Query,
  replyLimit,
} from '@callsign/dns/hot';
import type { DnsCounters } from './counters.ts';

/** Gives answers of upstreams again that stand in the table, to clients that may have them; in whatever thread. */
export class RepeatedAnswers {
  readonly #table: AnswerTable;
  readonly #writer: KeptWriter;
  readonly #counters: DnsCounters;
  readonly #mayRecurse: (peer: string) => boolean;
  /** Of the query that `write` was called with last. */
  readonly key = new ForwardedKey();

  constructor(table: AnswerTable, counters: DnsCounters, mayRecurse: (peer: string) => boolean) {
    this.#table = table;
    this.#writer = new KeptWriter(table.memory.slab);
    this.#counters = counters;
    this.#mayRecurse = mayRecurse;
  }

  /** @returns the reply's length; PASS for what has to be asked or refused, and for what does not fit */
  write(query: Query, reply: Buffer, exchange: Exchange): number {
    this.key.take(query);
    const at = this.#table.find(this.key);
    if (at < 0 || !this.#mayRecurse(exchange.peer)) return PASS;
    const limit = replyLimit(query, exchange.transport);
    const size = this.#writer.write(at, reply, query, limit, this.#table.seconds);
    if (size > 0) this.#count(at, reply);
    return size;
  }

  #count(at: number, reply: Buffer): void {
    this.#counters.repeat(this.#writer.isDenial(at) ? 'denial' : 'success');
    this.#counters.response((reply[3] as number) & 15);
  }
}
