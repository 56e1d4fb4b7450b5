import {
  AnswerTable,
  type BatchExchange,
  type BatchResponder,
  ByNetwork,
  type ByNetworkTexts,
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
import { PacketCache } from './packet-cache.ts';

/** What the usual questions are answered by, in whatever thread. */
export interface UsualAnswers {
  /** Answers by who asks. */
  readonly tables: ByNetworkTexts<TableMemory>;
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
  readonly #caches: ByNetwork<PacketCache>;
  readonly #flags: number;
  readonly #counters: DnsCounters;
  readonly #reader: number;
  readonly #replyOptions: ReplyOptions;
  readonly #rights: RecursionRights | undefined;
  /** Takes questions for names that are not ours to an upstream. */
  readonly outward: Relay | undefined;

  /**
   * @param reader this thread's place among the readers of each table
   * @param rights of clients to have upstreams asked; absent: none ever is
   * @param relay absent: the main thread asks them all
   */
  constructor(
    answers: UsualAnswers,
    reader: number,
    counters: DnsCounters,
    rights?: RecursionRights,
    relay?: Relay,
  ) {
    const mayRecurse = rights && ((peer: string) => rights.may(peer));
    this.#caches = ByNetwork.fromTexts(answers.tables).map(
      (memory) => new PacketCache(new AnswerTable(memory), counters, mayRecurse),
    );
    for (const { table } of this.#caches.all) table.rest(reader);
    this.#flags = answers.flags;
    this.#counters = counters;
    this.#reader = reader;
    this.#rights = rights;
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
    const cache = this.#caches.differ ? this.#caches.of(exchange.peer) : this.#caches.everyone;
    cache.table.turn(this.#reader);
    const size = this.#write(cache, length, reply, exchange);
    cache.table.turn(this.#reader);
    return size;
  }

  sent(replies: number, ms: number): void {
    this.#counters.took(ms, replies);
  }

  #write(cache: PacketCache, length: number, reply: Buffer, exchange: BatchExchange): number {
    const at = cache.table.find(this.#query);
    const size = at < 0 ? this.#repeat(cache, length, reply, exchange) : this.#writeOwn(cache, at, reply);
    if (size > 0) this.#counters.request('udp', this.#query);
    return size;
  }

  #writeOwn({ writer, table }: PacketCache, at: number, reply: Buffer): number {
    const query = this.#query;
    const size = writer.write(at, reply, query, this.#flags, query.payload, false, table.serial);
    this.#counters.response((reply[3] as number) & 15);
    return size;
  }

  #repeat({ repeated }: PacketCache, length: number, reply: Buffer, exchange: BatchExchange): number {
    if (repeated === undefined) return PASS;
    const size = repeated.write(this.#query, reply, exchange);
    return size === PASS ? this.#relay(length, repeated.key, exchange) : size;
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
