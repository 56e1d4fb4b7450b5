import type { Clock } from '@callsign/daemon';
import {
  AnswerTable,
  type ByNetwork,
  type ByNetworkTexts,
  type Exchange,
  Stamped,
  Stamps,
  type TableMemory,
} from '@callsign/dns';
import type { View, Views } from '../static/views.ts';
import type { Zone } from '../zone/zone.ts';
import { Authority } from './authority.ts';
import type { DnsCounters } from './counters.ts';
import { KeptReplies } from './kept-replies.ts';
import { PacketCache } from './packet-cache.ts';

export interface ScopesOptions {
  /** Memory for the finished answers of each, in bytes. */
  readonly answerBytes: number;
  readonly counters: DnsCounters;
  /** Absent: nobody is ever asked. */
  readonly mayRecurse: ((peer: string) => boolean) | undefined;
  readonly clock: Clock;
}

/** What all of them have in common. */
interface Common extends Omit<ScopesOptions, 'clock'> {
  /** The time by the clock of the tables. */
  readonly seconds: () => number;
  readonly stamps: Stamps;
  /** What all answers of upstreams depend on. */
  readonly upstream: Stamped;
}

/**
 * Bytes that finished answers may take: whatever is asked, and more where there is more to ask for. Questions for names
 * that nobody has cannot make a small server large.
 */
const LEAST_ROOM = 1 << 25;
const ROOM_FOR_RECORD = 256;

/** What the clients of one view are answered from. */
export class Scope {
  readonly authority: Authority;
  readonly cache: PacketCache;
  readonly kept: KeptReplies;

  constructor({ claims }: View, common: Common) {
    const { answerBytes, stamps, counters, mayRecurse, upstream: anchor, seconds } = common;
    const table = AnswerTable.create(answerBytes, stamps);
    this.authority = new Authority(claims);
    this.cache = new PacketCache(table, counters, mayRecurse);
    this.kept = new KeptReplies({ table, anchor, counters, seconds });
  }
}

/** A scope for each view. */
export class Scopes {
  readonly #seconds: () => number;
  readonly #scopes: ByNetwork<Scope>;
  readonly #tables: readonly AnswerTable[];

  constructor(views: Views, options: ScopesOptions) {
    const seconds = () => Math.floor(options.clock.monotonic() / 1_000);
    const common = { ...options, seconds, stamps: new Stamps(), upstream: new Stamped() };
    this.#seconds = seconds;
    this.#scopes = views.map((view) => new Scope(view, common));
    this.#tables = this.#scopes.all.map(({ cache }) => cache.table);
  }

  /** What other threads find answers in, by who asks. */
  get tables(): ByNetworkTexts<TableMemory> {
    return this.#scopes.map(({ cache }) => cache.table.memory).texts;
  }

  /** A place for one more thread that reads, the same in each table. */
  addReader(): number {
    const [place] = this.#tables.map((table) => table.addReader());
    return place as number;
  }

  of(exchange: Exchange): Scope {
    return this.#scopes.differ ? this.#scopes.of(exchange.peer) : this.#scopes.everyone;
  }

  publish(zone: Zone): void {
    for (const { authority } of this.#scopes.all) authority.publish(zone);
  }

  /** Told of every change of the zone. */
  changed({ revision, size }: Zone): void {
    for (const table of this.#tables) {
      table.serial = revision % 2 ** 32;
      table.useAtMost(LEAST_ROOM + size * ROOM_FOR_RECORD);
    }
  }

  /** Lets the answers of upstreams grow older by what has passed. */
  tick(): void {
    for (const table of this.#tables) table.seconds = this.#seconds();
  }

  get finishedAnswers(): number {
    return this.#tables.reduce((sum, { size }) => sum + size, 0);
  }
}
