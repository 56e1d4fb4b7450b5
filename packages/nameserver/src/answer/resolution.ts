import { type Log, Once } from '@callsign/daemon';
import {
  CLASS,
  type Exchange,
  FLAG,
  forwardable,
  LATER,
  layOut,
  type Query,
  RCODE,
  type Recursor,
  TYPE,
} from '@callsign/dns';
import type { Transfers } from '../transfer/transfers.ts';
import { lookup } from '../zone/lookup.ts';
import type { Outcome } from '../zone/outcome.ts';
import { STREAM_SAMPLE } from '../zone/source.ts';
import type { Zone } from '../zone/zone.ts';
import { type CnameOutcome, completeChain } from './chain.ts';
import { type Identity, writeIdentity } from './chaos.ts';
import type { DnsCounters } from './counters.ts';
import { type Answerable, finish } from './finish.ts';
import { type AliasOutcome, flatten } from './flatten.ts';
import { type Forwarded, passOn } from './pass-on.ts';
import { REASONS } from './reasons.ts';
import type { Replies } from './replies.ts';
import type { Scope } from './scopes.ts';

/** More records than fit into a datagram of 1232 bytes: each has 14 bytes at least. */
const DATAGRAM_SAMPLE = 88;

type KeptOutcome = Extract<Outcome, { kind: 'hit' | 'nodata' | 'nxdomain' }>;
type ReferralOutcome = Extract<Outcome, { kind: 'referral' }>;

export interface ResolutionOptions {
  readonly log: Log;
  readonly counters: DnsCounters;
  /** What this server tells of itself (`id.server`, `version.bind`); absent: such questions are refused. */
  readonly identity?: Identity;
  /** Resolves names that are not ours; absent: they are refused. */
  readonly recursor?: Recursor;
  /** Gives whole zones to secondaries; absent: they are refused. */
  readonly transfers?: Transfers;
  /** Whether names that are not ours are resolved for this client; absent: for every client. */
  readonly mayRecurse?: (peer: string) => boolean;
}

/**
 * The long way, for a question without a finished answer: it is looked up, and the outcome is finished, passed on or
 * refused.
 */
export class Resolution {
  readonly #query: Query;
  readonly #replies: Replies;
  readonly #options: ResolutionOptions;
  readonly #once = new Once();
  #zone: Zone | undefined;

  /** @param query the reader of the query that is being answered */
  constructor(query: Query, replies: Replies, options: ResolutionOptions) {
    this.#query = query;
    this.#replies = replies;
    this.#options = options;
  }

  publish(zone: Zone): void {
    this.#zone = zone;
  }

  resolve(scope: Scope, reply: Buffer, exchange: Exchange): number {
    const query = this.#query;
    if (query.class !== CLASS.IN) return this.#identify(reply);
    if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return this.#transfer(reply, exchange);
    try {
      return this.#lookUp(scope, query.labels(), reply, exchange);
    } catch (error) {
      return this.#fail(error, reply);
    }
  }

  #identify(reply: Buffer): number {
    const { identity, counters } = this.#options;
    const length = identity === undefined ? 0 : writeIdentity(reply, this.#query, identity);
    if (length === 0) return this.#replies.refuse(reply, RCODE.REFUSED, REASONS.otherClass);
    counters.response(RCODE.NOERROR);
    return length;
  }

  #transfer(reply: Buffer, exchange: Exchange): number {
    const { transfers } = this.#options;
    if (transfers === undefined) return this.#replies.refuse(reply, RCODE.REFUSED, REASONS.noTransfer);
    const decision = transfers.answer(this.#query, exchange, this.#zone);
    switch (decision.kind) {
      case 'refused':
        return this.#replies.refuse(reply, decision.rcode, decision.reason);
      case 'current':
        return this.#answerSoa(reply, exchange);
      case 'whole':
        return LATER;
    }
  }

  /** Enough for a secondary whose zone is current (RFC 1995, 2). */
  #answerSoa(reply: Buffer, exchange: Exchange): number {
    const labels = this.#query.labels();
    const soa = lookup(this.#zone as Zone, labels, TYPE.SOA) as Answerable;
    return this.#answerOnce(soa, labels, reply, exchange);
  }

  #lookUp(scope: Scope, labels: readonly string[], reply: Buffer, exchange: Exchange): number {
    const most = exchange.transport === 'udp' ? DATAGRAM_SAMPLE : STREAM_SAMPLE;
    const outcome = scope.authority.resolve(labels, this.#query.type, most);
    switch (outcome.kind) {
      case 'hit':
      case 'nodata':
      case 'nxdomain':
        return this.#keep(scope, outcome, labels, reply, exchange);
      case 'cname':
        return this.#chain(outcome, labels, reply, exchange);
      case 'loop':
        this.#reportLoop(outcome.owner);
        return this.#replies.refuse(reply, RCODE.SERVFAIL, REASONS.loop);
      case 'alias':
        return this.#flatten(outcome, labels, reply, exchange);
      case 'referral':
        return this.#refer(outcome, labels, reply, exchange);
      case 'unread':
        return this.#replies.refuse(reply, RCODE.SERVFAIL, REASONS.notReady);
      case 'outside':
        // Whether the name of an address is ours depends on the zone.
        return this.#forward(reply, exchange, labels.at(-1) === 'arpa' ? undefined : scope);
    }
  }

  /** Keeps the finished answer, but for a sample that was made for a stream: it is too large for datagrams. */
  #keep(
    { cache: { table, writer } }: Scope,
    outcome: KeptOutcome,
    labels: readonly string[],
    reply: Buffer,
    exchange: Exchange,
  ): number {
    this.#options.counters.finished += 1;
    const words = this.#finished(outcome, labels);
    const kept = exchange.transport === 'udp' || !('sample' in outcome);
    const at = kept ? table.add(this.#query, words, outcome.anchor.stamp(table.stamps)) : -1;
    if (at < 0) return this.#replies.writeOnce(words, reply, exchange);
    return this.#replies.write(writer, at, reply, exchange);
  }

  #answerOnce(outcome: Answerable, labels: readonly string[], reply: Buffer, exchange: Exchange): number {
    return this.#replies.writeOnce(this.#finished(outcome, labels), reply, exchange);
  }

  #finished(outcome: Answerable, labels: readonly string[]): Int32Array {
    const { key, keyLength } = this.#query;
    return layOut(finish(outcome, labels), key.subarray(0, keyLength));
  }

  /** Without a recursor, or for a client that wants no recursion or may have none, the answer is the alias alone. */
  #chain(outcome: CnameOutcome, labels: readonly string[], reply: Buffer, exchange: Exchange): number {
    const { recursor } = this.#options;
    const wanted = recursor !== undefined && this.#wantsRecursion;
    if (!wanted || !this.#mayRecurse(exchange)) return this.#answerOnce(outcome, labels, reply, exchange);
    completeChain(outcome, labels, this.#forwarded(exchange, recursor));
    return LATER;
  }

  #flatten(outcome: AliasOutcome, labels: readonly string[], reply: Buffer, exchange: Exchange): number {
    const { recursor } = this.#options;
    if (recursor === undefined) return this.#replies.refuse(reply, RCODE.SERVFAIL, REASONS.aliasOutside);
    flatten(outcome, labels, this.#forwarded(exchange, recursor));
    return LATER;
  }

  /** A client that wants recursion has no use for the names of other servers: they are asked in its place. */
  #refer(outcome: ReferralOutcome, labels: readonly string[], reply: Buffer, exchange: Exchange): number {
    const { answer, owner: target, anchor } = outcome;
    if (this.#options.recursor === undefined || !this.#wantsRecursion) {
      return this.#answerOnce(outcome, labels, reply, exchange);
    }
    if (answer.length === 0) return this.#forward(reply, exchange);
    return this.#chain({ kind: 'cname', answer, target, anchor }, labels, reply, exchange);
  }

  /** @param scope where the answer is kept; absent: it is not, because whether the name is ours may change */
  #forward(reply: Buffer, exchange: Exchange, scope?: Scope): number {
    const { recursor } = this.#options;
    if (recursor === undefined) return this.#replies.refuse(reply, RCODE.REFUSED, REASONS.notOurs);
    if (!this.#mayRecurse(exchange)) return this.#replies.refuse(reply, RCODE.REFUSED, REASONS.noRecursion);
    const question = forwardable(this.#query);
    const kept = scope === undefined ? undefined : recursor.kept?.(question);
    if (scope !== undefined && kept !== undefined)
      return scope.kept.write(kept, this.#query, reply, exchange);
    passOn(this.#forwarded(exchange, recursor), question);
    return LATER;
  }

  #forwarded(exchange: Exchange, recursor: Recursor): Forwarded {
    return { query: this.#query, exchange, recursor, counters: this.#options.counters };
  }

  get #wantsRecursion(): boolean {
    return (this.#query.flags & FLAG.RD) !== 0;
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
    return this.#replies.refuse(reply, RCODE.SERVFAIL, REASONS.fault);
  }
}
