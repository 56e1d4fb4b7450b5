import {
  AnswerTable,
  AnswerWriter,
  type BatchExchange,
  type BatchResponder,
  type ForwardedKey,
  LATER,
  PASS,
  Query,
  type Relay,
  ReplyOptions,
  ServerCookies,
  type TableMemory,
} from '@callsign/dns/hot';
import type { RecursionRights } from '../forwarding/recursion-rights.ts';
import type { DnsCounters } from './counters.ts';
import { RepeatedAnswers } from './repeated.ts';

/** What the usual questions are answered by, in whatever thread. */
export interface UsualAnswers {
  readonly table: TableMemory;
  /** What the header of every reply has besides the rcode: AA, RA. */
  readonly flags: number;
  /** What cookies are made with. */
  readonly cookieSecrets: readonly Uint8Array[];
  /** What NSID tells; absent: it is not told. */
  readonly server?: string;
}

/**
 * The short way alone, for a thread of its own: questions that were asked before. Every other one is passed on to the
 * thread that has the zone, which finishes the answer for all.
 */
export class UsualResponder implements BatchResponder {
  readonly #query = new Query();
  readonly #table: AnswerTable;
  readonly #writer: AnswerWriter;
  readonly #flags: number;
  readonly #counters: DnsCounters;
  readonly #reader: number;
  readonly #replyOptions: ReplyOptions;
  readonly #rights: RecursionRights | undefined;
  readonly #repeated: RepeatedAnswers | undefined;
  /** Takes questions for names of others to an upstream. */
  readonly outward: Relay | undefined;

  /**
   * @param reader this thread's place among the table's readers
   * @param rights for whom others are asked; absent: nobody ever is
   * @param relay absent: the main thread asks them all
   */
  constructor(
    answers: UsualAnswers,
    reader: number,
    counters: DnsCounters,
    rights?: RecursionRights,
    relay?: Relay,
  ) {
    const { table, flags } = answers;
    this.#table = new AnswerTable(table);
    this.#writer = new AnswerWriter(table.slab);
    this.#flags = flags;
    this.#counters = counters;
    this.#reader = reader;
    this.#table.rest(reader);
    this.#rights = rights;
    this.#repeated = rights && new RepeatedAnswers(this.#table, counters, (peer) => rights.may(peer));
    this.outward = relay;
    this.#replyOptions = replyOptionsOf(answers);
  }

  respond(packet: Buffer, length: number, reply: Buffer, exchange: BatchExchange): number {
    const query = this.#query;
    const verdict = query.read(packet, length);
    if (verdict === 'drop') {
      this.#counters.drop();
      return LATER;
    }
    if (verdict !== 'answer' || query.tsig !== 0) return PASS;
    if (query.asksForOptions) this.#replyOptions.fill(query, exchange.peer);
    this.#table.turn(this.#reader);
    const size = this.#write(length, reply, exchange);
    this.#table.turn(this.#reader);
    return size;
  }

  sent(replies: number, ms: number): void {
    this.#counters.took(ms, replies);
  }

  #write(length: number, reply: Buffer, exchange: BatchExchange): number {
    const at = this.#table.find(this.#query);
    const size = at < 0 ? this.#repeat(length, reply, exchange) : this.#writeOwn(at, reply);
    if (size > 0) this.#counters.request('udp', this.#query);
    return size;
  }

  #writeOwn(at: number, reply: Buffer): number {
    const query = this.#query;
    const { serial } = this.#table;
    const size = this.#writer.write(at, reply, query, this.#flags, query.payload, false, serial);
    this.#counters.response((reply[3] as number) & 15);
    return size;
  }

  #repeat(length: number, reply: Buffer, exchange: BatchExchange): number {
    if (this.#repeated === undefined) return PASS;
    const size = this.#repeated.write(this.#query, reply, exchange);
    return size === PASS ? this.#relay(length, this.#repeated.key, exchange) : size;
  }

  #relay(length: number, key: ForwardedKey, exchange: BatchExchange): number {
    const relay = this.outward;
    if (relay === undefined || this.#rights?.may(exchange.peer) !== true) return PASS;
    return relay.ask(this.#query, length, key, exchange);
  }
}

/** What this server tells of itself to clients that ask. */
export function replyOptionsOf({ cookieSecrets, server }: UsualAnswers): ReplyOptions {
  return new ReplyOptions(new ServerCookies(cookieSecrets), server);
}
