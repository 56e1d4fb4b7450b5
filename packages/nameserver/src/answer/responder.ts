import { randomBytes } from 'node:crypto';
import type { OwnerName } from '@callsign/catalog';
import { type Clock, systemClock } from '@callsign/daemon';
import {
  CLIENT_COOKIE,
  COOKIE_SECRET,
  type Exchange,
  FLAG,
  LATER,
  PASS,
  Query,
  RCODE,
  ReplyOptions,
  type Responder,
  refusalRcode,
  ServerCookies,
  TSIG_ERROR,
  type TsigKey,
  TsigKeys,
  type Verdict,
} from '@callsign/dns';
import { type Views, viewOf } from '../static/views.ts';
import type { Zone } from '../zone/zone.ts';
import type { DnsCounters } from './counters.ts';
import { Replies } from './replies.ts';
import { Resolution, type ResolutionOptions } from './resolution.ts';
import { Scopes } from './scopes.ts';
import { signedExchange } from './signed.ts';
import type { UsualAnswers } from './usual.ts';

/** Memory for the finished answers of each view at most, in bytes; the system gives it when it is first used. */
const ANSWER_BYTES = 1 << 28;

export interface ResponderOptions extends ResolutionOptions {
  /** What is ours is known before the store is. */
  readonly domains: readonly OwnerName[];
  /** Who is answered what; absent: everybody from these domains. */
  readonly views?: Views;
  /** What clients' cookies are made with (RFC 7873), 16 bytes each, the current one first. */
  readonly cookieSecrets?: readonly Uint8Array[];
  /** The keys that queries may be signed with. */
  readonly keys?: readonly TsigKey[];
  /** Memory for the finished answers of each view, in bytes. */
  readonly answerBytes?: number;
  readonly clock?: Clock;
}

/**
 * Answers questions from the zone. The usual way is the short one: read the question, find its finished answer,
 * copy and patch. What nobody has asked yet goes the long way, through `Resolution`.
 */
export class ZoneResponder implements Responder {
  readonly #query = new Query();
  readonly #counters: DnsCounters;
  readonly #scopes: Scopes;
  readonly #replies: Replies;
  readonly #resolution: Resolution;
  readonly #cookies: ServerCookies;
  readonly #replyOptions: ReplyOptions;
  readonly #keys: TsigKeys;
  readonly #seconds: () => number;
  /** What other threads answer by, but for the tables. */
  readonly #told: Omit<UsualAnswers, 'tables'>;
  #zone: Zone | undefined;

  constructor(options: ResponderOptions) {
    const { domains, views = viewOf(domains), keys = [], clock = systemClock, counters } = options;
    // Without one of the operator's a secret of our own, which siblings do not share.
    const { cookieSecrets = [randomBytes(COOKIE_SECRET)], answerBytes = ANSWER_BYTES } = options;
    const { server } = options.identity ?? {};
    const flags = FLAG.AA | (options.recursor === undefined ? 0 : FLAG.RA);
    this.#told = { flags, cookieSecrets, ...(server !== undefined && { server }) };
    this.#counters = counters;
    this.#cookies = new ServerCookies(cookieSecrets, clock);
    this.#replyOptions = new ReplyOptions(this.#cookies, server);
    this.#keys = new TsigKeys(keys);
    this.#seconds = () => Math.floor(clock.now() / 1000);
    const { recursor, mayRecurse = () => true } = options;
    this.#scopes = new Scopes(views, { answerBytes, counters, mayRecurse: recursor && mayRecurse, clock });
    this.#replies = new Replies(this.#query, flags, counters);
    this.#resolution = new Resolution(this.#query, this.#replies, options);
  }

  /** Serves another zone from the next question on. What was made from the last one goes with it. */
  publish(zone: Zone): void {
    this.#zone?.retire();
    this.#zone = zone;
    this.#scopes.publish(zone);
    this.#replies.publish(zone);
    this.#resolution.publish(zone);
    this.changed();
  }

  /** The zone shows another revision. */
  changed(): void {
    if (this.#zone !== undefined) this.#scopes.changed(this.#zone);
  }

  /** To be called once a second, for the sake of answers that grow old. */
  tick(): void {
    this.#scopes.tick();
  }

  /** A place for one more thread that reads the usual answers. */
  addReader(): number {
    return this.#scopes.addReader();
  }

  get finishedAnswers(): number {
    return this.#scopes.finishedAnswers;
  }

  /** What other threads answer the usual questions by. */
  get usualAnswers(): UsualAnswers {
    return { tables: this.#scopes.tables, ...this.#told };
  }

  respond(packet: Buffer, length: number, reply: Buffer, exchange: Exchange): number {
    const query = this.#query;
    const verdict = query.read(packet, length);
    if (verdict === 'drop') {
      this.#counters.drop();
      return LATER;
    }
    this.#counters.request(exchange.transport, query);
    if (query.asksForOptions) this.#replyOptions.fill(query, exchange.peer);
    if (query.tsig !== 0) return this.#replySigned(verdict, length, reply, exchange);
    return this.#reply(verdict, reply, exchange);
  }

  #reply(verdict: Exclude<Verdict, 'drop'>, reply: Buffer, exchange: Exchange): number {
    if (verdict === 'cookie') return this.#replies.refuse(reply, this.#cookieRcode(exchange.peer));
    if (verdict !== 'answer') return this.#replies.refuse(reply, refusalRcode(verdict));
    const scope = this.#scopes.of(exchange);
    const { table, writer, repeated } = scope.cache;
    const at = table.find(this.#query);
    // What is a sample for datagrams is too little for a stream.
    const known = at >= 0 && (exchange.transport === 'udp' || !table.isSample(at));
    if (known) return this.#replies.write(writer, at, reply, exchange);
    const size = at < 0 && repeated !== undefined ? repeated.write(this.#query, reply, exchange) : PASS;
    return size === PASS ? this.#resolution.resolve(scope, reply, exchange) : size;
  }

  /** A signed query gets a signed reply, whatever the reply is (RFC 8945, 5.3). */
  #replySigned(verdict: Exclude<Verdict, 'drop'>, length: number, reply: Buffer, exchange: Exchange): number {
    const query = this.#query;
    const judged = this.#keys.judge(query.packet, query.tsig, length, this.#seconds());
    if (judged.kind === 'malformed') return this.#replies.refuse(reply, RCODE.FORMERR);
    const { error, signer } = judged;
    query.reserved = signer.room;
    const way = signedExchange(exchange, signer, this.#seconds);
    const good = error === TSIG_ERROR.NONE;
    const size = good ? this.#reply(verdict, reply, way) : this.#replies.refuse(reply, RCODE.NOTAUTH);
    return size === LATER ? LATER : signer.sign(reply, size, this.#seconds());
  }

  /** A client that asks for a cookie alone wants to know whether the one that it has is good (RFC 7873, 5.4). */
  #cookieRcode(peer: string): number {
    const query = this.#query;
    const good = query.cookieLength === CLIENT_COOKIE || this.#cookies.isValid(query, peer);
    return good ? RCODE.NOERROR : RCODE.BADCOOKIE;
  }
}
