import { randomBytes } from 'node:crypto';
import type { OwnerName } from '@callsign/catalog';
import { type Clock, type Log, Once, systemClock } from '@callsign/daemon';
import {
  AnswerTable,
  AnswerWriter,
  CLASS,
  CLIENT_COOKIE,
  COOKIE_SECRET,
  type Exchange,
  type ExtendedError,
  explain,
  FLAG,
  LATER,
  layOut,
  Query,
  RCODE,
  type Recursor,
  ReplyOptions,
  type Responder,
  refusalRcode,
  replyLimit,
  ServerCookies,
  Stamps,
  TSIG_ERROR,
  type TsigKey,
  TsigKeys,
  TYPE,
  type Verdict,
  writeEmptyReply,
} from '@callsign/dns';
import { type View, type Views, viewOf } from '../static/views.ts';
import type { Transfers } from '../transfer/transfers.ts';
import { lookup } from '../zone/lookup.ts';
import type { Outcome } from '../zone/outcome.ts';
import type { Zone } from '../zone/zone.ts';
import { Authority } from './authority.ts';
import { type CnameOutcome, completeChain } from './chain.ts';
import { type Identity, writeIdentity } from './chaos.ts';
import type { DnsCounters } from './counters.ts';
import { type Answerable, finish } from './finish.ts';
import { type AliasOutcome, flatten } from './flatten.ts';
import { passOn } from './pass-on.ts';
import { REASONS } from './reasons.ts';
import { signedExchange } from './signed.ts';
import type { UsualAnswers } from './usual.ts';

/** Memory for the finished answers of each view, in bytes; the system gives it when it is first used. */
const ANSWER_BYTES = 1 << 27;

/** More addresses than a datagram of 1232 bytes holds, and than a message of 64 KiB does: 16 bytes each. */
const DATAGRAM_SAMPLE = 128;
const STREAM_SAMPLE = 4_096;

type ReferralOutcome = Extract<Outcome, { kind: 'referral' }>;

export interface ResponderOptions {
  readonly log: Log;
  readonly counters: DnsCounters;
  /** What is ours is known before the store is. */
  readonly domains: readonly OwnerName[];
  /** Who is answered what; absent: everybody from these domains. */
  readonly views?: Views;
  /** What is told of this server to whoever asks; without one such questions are refused. */
  readonly identity?: Identity;
  /** What clients' cookies are made with (RFC 7873), 16 bytes each, the current one first. */
  readonly cookieSecrets?: readonly Uint8Array[];
  /** Asks what is not ours; without one such questions are refused. */
  readonly recursor?: Recursor;
  /** The keys that queries may be signed with. */
  readonly keys?: readonly TsigKey[];
  /** Gives whole zones to secondaries; without it they are refused. */
  readonly transfers?: Transfers;
  /** Memory for the finished answers of each view, in bytes. */
  readonly answerBytes?: number;
  readonly clock?: Clock;
  /** Whether what is not ours is asked for this client; absent: for everyone. */
  readonly mayRecurse?: (peer: string) => boolean;
}

/** What one kind of client is answered from. */
class Scope {
  readonly authority: Authority;
  readonly table: AnswerTable;
  readonly writer: AnswerWriter;

  constructor({ claims }: View, bytes: number, stamps: Stamps) {
    this.authority = new Authority(claims);
    this.table = AnswerTable.create(bytes, stamps);
    this.writer = new AnswerWriter(this.table.memory.slab);
  }
}

/**
 * Answers questions from the zone. The usual way is the short one: read the question, find its finished answer,
 * copy and patch. What nobody has asked yet is looked up and finished; what is not ours is passed on.
 */
export class ZoneResponder implements Responder {
  readonly #query = new Query();
  readonly #options: ResponderOptions;
  readonly #authoritative: number;
  readonly #cookieSecrets: readonly Uint8Array[];
  readonly #cookies: ServerCookies;
  readonly #replyOptions: ReplyOptions;
  readonly #keys: TsigKeys;
  readonly #seconds: () => number;
  readonly #once = new Once();
  readonly #views: Views;
  readonly #scopes: ReadonlyMap<View, Scope>;
  /** Without several views no packet's address is looked at. */
  readonly #viewed: boolean;
  /** That of the client that is being answered. */
  #scope: Scope;
  #zone: Zone | undefined;

  constructor(options: ResponderOptions) {
    const { domains, views = viewOf(domains), keys = [], clock = systemClock } = options;
    const { everyone, all } = views;
    this.#options = options;
    // Without one of the operator's a secret of our own, which siblings do not share.
    this.#cookieSecrets = options.cookieSecrets ?? [randomBytes(COOKIE_SECRET)];
    this.#cookies = new ServerCookies(this.#cookieSecrets, clock);
    this.#replyOptions = new ReplyOptions(this.#cookies, options.identity?.server);
    this.#keys = new TsigKeys(keys);
    this.#seconds = () => Math.floor(clock.now() / 1000);
    this.#views = views;
    const { answerBytes = ANSWER_BYTES } = options;
    const stamps = new Stamps();
    this.#scopes = new Map(all.map((view) => [view, new Scope(view, answerBytes, stamps)]));
    this.#viewed = all.length > 1;
    this.#scope = this.#scopeOf(everyone);
    this.#authoritative = FLAG.AA | (options.recursor === undefined ? 0 : FLAG.RA);
  }

  /** Serves another zone from the next question on. What was made from the last one goes with it. */
  publish(zone: Zone): void {
    this.#zone?.root.retire();
    this.#zone = zone;
    for (const { authority } of this.#scopes.values()) authority.publish(zone);
    this.changed();
  }

  /** The zone shows another revision. */
  changed(): void {
    for (const { table } of this.#scopes.values()) table.serial = this.#serial;
  }

  /** A place for one more thread that reads the usual answers. */
  addReader(): number {
    return this.#scope.table.addReader();
  }

  get finishedAnswers(): number {
    return [...this.#scopes.values()].reduce((sum, { table }) => sum + table.size, 0);
  }

  /** What other threads answer the usual questions by; undefined when it depends on who asks. */
  get usualAnswers(): UsualAnswers | undefined {
    if (this.#viewed) return undefined;
    const { server } = this.#options.identity ?? {};
    const told = { cookieSecrets: this.#cookieSecrets, ...(server !== undefined && { server }) };
    return { table: this.#scope.table.memory, flags: this.#authoritative, ...told };
  }

  respond(packet: Buffer, length: number, reply: Buffer, exchange: Exchange): number {
    const query = this.#query;
    const verdict = query.read(packet, length);
    if (verdict === 'drop') {
      this.#options.counters.drop();
      return LATER;
    }
    this.#options.counters.request(exchange.transport, query);
    if (query.asksForOptions) this.#replyOptions.fill(query, exchange.peer);
    if (query.tsig !== 0) return this.#replySigned(verdict, length, reply, exchange);
    return this.#reply(verdict, reply, exchange);
  }

  #reply(verdict: Exclude<Verdict, 'drop'>, reply: Buffer, exchange: Exchange): number {
    if (verdict === 'cookie') return this.#refuse(reply, this.#cookieRcode(exchange.peer));
    if (verdict !== 'answer') return this.#refuse(reply, refusalRcode(verdict));
    if (this.#viewed) this.#scope = this.#scopeOf(this.#views.of(exchange.peer));
    const { table, writer } = this.#scope;
    const at = table.find(this.#query);
    // What is a sample for datagrams is too little for a stream.
    if (at < 0 || (exchange.transport !== 'udp' && table.isSample(at))) return this.#resolve(reply, exchange);
    return this.#write(writer, at, reply, exchange);
  }

  /** A signed query gets a signed reply, whatever the reply is (RFC 8945, 5.3). */
  #replySigned(verdict: Exclude<Verdict, 'drop'>, length: number, reply: Buffer, exchange: Exchange): number {
    const query = this.#query;
    const judged = this.#keys.judge(query.packet, query.tsig, length, this.#seconds());
    if (judged.kind === 'malformed') return this.#refuse(reply, RCODE.FORMERR);
    const { error, signer } = judged;
    query.reserved = signer.room;
    const way = signedExchange(exchange, signer, this.#seconds);
    const size =
      error === TSIG_ERROR.NONE ? this.#reply(verdict, reply, way) : this.#refuse(reply, RCODE.NOTAUTH);
    return size === LATER ? LATER : signer.sign(reply, size, this.#seconds());
  }

  #scopeOf(view: View): Scope {
    return this.#scopes.get(view) as Scope;
  }

  #write(writer: AnswerWriter, at: number, reply: Buffer, { transport }: Exchange): number {
    const limit = replyLimit(this.#query, transport);
    const stream = transport !== 'udp';
    const size = writer.write(at, reply, this.#query, this.#authoritative, limit, stream, this.#serial);
    this.#options.counters.response((reply[3] as number) & 15);
    return size;
  }

  get #serial(): number {
    return (this.#zone?.revision ?? 0) % 2 ** 32;
  }

  #refuse(reply: Buffer, rcode: number, reason?: ExtendedError): number {
    this.#options.counters.response(rcode);
    const length = writeEmptyReply(reply, this.#query, rcode);
    return reason === undefined ? length : explain(reply, length, reason);
  }

  /** A client that asks for a cookie alone wants to know whether the one that it has is good (RFC 7873, 5.4). */
  #cookieRcode(peer: string): number {
    const query = this.#query;
    const good = query.cookieLength === CLIENT_COOKIE || this.#cookies.isValid(query, peer);
    return good ? RCODE.NOERROR : RCODE.BADCOOKIE;
  }

  #resolve(reply: Buffer, exchange: Exchange): number {
    const query = this.#query;
    if (query.class !== CLASS.IN) return this.#identify(reply);
    if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return this.#transfer(reply, exchange);
    try {
      const labels = query.labels();
      const most = exchange.transport === 'udp' ? DATAGRAM_SAMPLE : STREAM_SAMPLE;
      return this.#answer(this.#scope.authority.resolve(labels, query.type, most), labels, reply, exchange);
    } catch (error) {
      return this.#fail(error, reply);
    }
  }

  #identify(reply: Buffer): number {
    const { identity, counters } = this.#options;
    const length = identity === undefined ? 0 : writeIdentity(reply, this.#query, identity);
    if (length === 0) return this.#refuse(reply, RCODE.REFUSED, REASONS.otherClass);
    counters.response(RCODE.NOERROR);
    return length;
  }

  #transfer(reply: Buffer, exchange: Exchange): number {
    const { transfers } = this.#options;
    if (transfers === undefined) return this.#refuse(reply, RCODE.REFUSED, REASONS.noTransfer);
    const decision = transfers.answer(this.#query, exchange, this.#zone);
    switch (decision.kind) {
      case 'refused':
        return this.#refuse(reply, decision.rcode, decision.reason);
      case 'current':
        return this.#answerSoa(reply, exchange);
      case 'whole':
        return LATER;
    }
  }

  /** All that a secondary needs that has the zone as it is (RFC 1995, 2). */
  #answerSoa(reply: Buffer, exchange: Exchange): number {
    const labels = this.#query.labels();
    const soa = lookup(this.#zone as Zone, labels, TYPE.SOA) as Answerable;
    return this.#writeOnce(soa, labels, reply, exchange);
  }

  #answer(outcome: Outcome, labels: readonly string[], reply: Buffer, exchange: Exchange): number {
    switch (outcome.kind) {
      case 'hit':
      case 'nodata':
      case 'nxdomain':
        return this.#keep(outcome, labels, reply, exchange);
      case 'cname':
        return this.#chain(outcome, labels, reply, exchange);
      case 'loop':
        this.#reportLoop(outcome.owner);
        return this.#refuse(reply, RCODE.SERVFAIL, REASONS.loop);
      case 'alias':
        return this.#flatten(outcome, labels, reply, exchange);
      case 'referral':
        return this.#refer(outcome, labels, reply, exchange);
      case 'unread':
        return this.#refuse(reply, RCODE.SERVFAIL, REASONS.notReady);
      case 'outside':
        return this.#forward(reply, exchange);
    }
  }

  #keep(
    outcome: Extract<Outcome, { kind: 'hit' | 'nodata' | 'nxdomain' }>,
    labels: readonly string[],
    reply: Buffer,
    exchange: Exchange,
  ): number {
    const { table, writer } = this.#scope;
    this.#options.counters.finished += 1;
    const words = this.#finished(outcome, labels);
    if ('sample' in outcome && exchange.transport !== 'udp')
      return this.#write(new AnswerWriter(words.buffer), 0, reply, exchange);
    const at = table.add(this.#query, words, outcome.anchor.stamp(table.stamps));
    if (at >= 0) return this.#write(writer, at, reply, exchange);
    return this.#write(new AnswerWriter(words.buffer), 0, reply, exchange);
  }

  #writeOnce(outcome: Answerable, labels: readonly string[], reply: Buffer, exchange: Exchange): number {
    return this.#write(new AnswerWriter(this.#finished(outcome, labels).buffer), 0, reply, exchange);
  }

  #finished(outcome: Answerable, labels: readonly string[]): Int32Array {
    const { key, keyLength } = this.#query;
    return layOut(finish(outcome, labels), key.subarray(0, keyLength));
  }

  /** Without anybody to ask, or for a client that wants no recursion or may have none, the alias alone is the answer. */
  #chain(outcome: CnameOutcome, labels: readonly string[], reply: Buffer, exchange: Exchange): number {
    const { recursor, counters } = this.#options;
    const wanted = recursor !== undefined && (this.#query.flags & FLAG.RD) !== 0;
    if (!wanted || !this.#mayRecurse(exchange)) {
      return this.#writeOnce(outcome, labels, reply, exchange);
    }
    completeChain(outcome, labels, this.#query, exchange, recursor, counters);
    return LATER;
  }

  #flatten(outcome: AliasOutcome, labels: readonly string[], reply: Buffer, exchange: Exchange): number {
    const { recursor, counters } = this.#options;
    if (recursor === undefined) return this.#refuse(reply, RCODE.SERVFAIL, REASONS.aliasOutside);
    flatten(outcome, labels, this.#query, exchange, recursor, counters);
    return LATER;
  }

  /** A client that wants recursion has no use for the names of other servers: they are asked in its place. */
  #refer(outcome: ReferralOutcome, labels: readonly string[], reply: Buffer, exchange: Exchange): number {
    const { answer, owner: target, anchor } = outcome;
    if (this.#options.recursor === undefined || (this.#query.flags & FLAG.RD) === 0) {
      return this.#writeOnce(outcome, labels, reply, exchange);
    }
    if (answer.length === 0) return this.#forward(reply, exchange);
    return this.#chain({ kind: 'cname', answer, target, anchor }, labels, reply, exchange);
  }

  #forward(reply: Buffer, exchange: Exchange): number {
    const { recursor, counters } = this.#options;
    if (recursor === undefined) return this.#refuse(reply, RCODE.REFUSED, REASONS.notOurs);
    if (!this.#mayRecurse(exchange)) return this.#refuse(reply, RCODE.REFUSED, REASONS.noRecursion);
    passOn(this.#query, exchange, recursor, counters);
    return LATER;
  }

  #mayRecurse({ peer }: Exchange): boolean {
    const { mayRecurse, counters } = this.#options;
    const may = mayRecurse?.(peer) ?? true;
    if (!may) counters.recursionRefused += 1;
    return may;
  }

  #reportLoop(owner: string): void {
    if (!this.#once.first('loop', owner)) return;
    this.#options.log.warn('a chain of names leads back to itself: SERVFAIL', { name: owner });
  }

  #fail(error: unknown, reply: Buffer): number {
    if (this.#once.first('fault', String(error))) {
      this.#options.log.error('a question could not be answered', { error: String(error) });
    }
    return this.#refuse(reply, RCODE.SERVFAIL, REASONS.fault);
  }
}
