import {
  type Anchor,
  type AnswerTable,
  type CopyableAnswer,
  type Exchange,
  FLAG,
  ForwardedKey,
  KeptWriter,
  layOutKept,
  PASS,
  type Query,
  replyLimit,
  wantsAd,
  writeEmptyReply,
} from '@callsign/dns';
import type { DnsCounters } from './counters.ts';

export interface KeptRepliesOptions {
  readonly table: AnswerTable;
  /** What all answers of upstreams have in common. */
  readonly anchor: Anchor;
  readonly counters: DnsCounters;
  /** The time now, by the table's clock. */
  readonly seconds: () => number;
}

/** Replies by answers of upstreams that are kept; puts each into the table, for whoever asks next in whatever thread. */
export class KeptReplies {
  readonly #options: KeptRepliesOptions;
  readonly #writer: KeptWriter;
  readonly #key = new ForwardedKey();

  constructor(options: KeptRepliesOptions) {
    this.#options = options;
    this.#writer = new KeptWriter(options.table.memory.slab);
  }

  write(answer: CopyableAnswer, query: Query, reply: Buffer, exchange: Exchange): number {
    const { table, anchor, counters } = this.#options;
    const words = this.#finished(answer, query);
    const seconds = this.#options.seconds();
    table.seconds = seconds;
    const at = table.add(this.#key, words, anchor.stamp(table.stamps));
    const writer = at < 0 ? new KeptWriter(words.buffer) : this.#writer;
    const size = writer.write(Math.max(0, at), reply, query, replyLimit(query, exchange.transport), seconds);
    counters.forward();
    counters.response(rcodeOf(answer));
    return size === PASS ? writeTooLong(answer, query, reply) : size;
  }

  #finished(answer: CopyableAnswer, query: Query): Int32Array {
    const { key } = this.#key;
    this.#key.take(query);
    return layOutKept(answer, key.subarray(0, this.#key.keyLength), flagsOf(answer, query));
  }
}

/** What does not fit is left out: the client comes back over TCP (RFC 2181, 9). */
function writeTooLong(answer: CopyableAnswer, query: Query, reply: Buffer): number {
  return writeEmptyReply(reply, query, rcodeOf(answer), flagsOf(answer, query) | FLAG.TC);
}

/** AD is for those who asked for it (RFC 6840, 5.8), and no answer of others is authoritative. */
function flagsOf({ kept }: CopyableAnswer, query: Query): number {
  const upstream = kept.answer.message.readUInt16BE(2);
  return FLAG.RA | (wantsAd(query) ? upstream & FLAG.AD : 0);
}

function rcodeOf({ kept }: CopyableAnswer): number {
  return kept.answer.message.readUInt16BE(2) & 15;
}
