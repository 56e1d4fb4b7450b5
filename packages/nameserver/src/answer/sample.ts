import { type BatchExchange, type BatchResponder, type Outward, PASS } from '@callsign/dns/hot';

/**
 * Whether a query is one of those that are looked at, one of `every`. It is told by the query's id, which clients choose
 * at random, so that every thread comes to the same opinion and none has to be told another's.
 */
export function isSampled(query: Buffer, length: number, every: number): boolean {
  return length > 1 && query.readUInt16BE(0) % every === 0;
}

/** For threads that only answer: passes the queries that are looked at on to the main one. */
export class SamplePasser implements BatchResponder {
  readonly outward: Outward | undefined;
  readonly #inner: BatchResponder;
  readonly #every: number;

  constructor(inner: BatchResponder, every: number) {
    this.outward = inner.outward;
    this.#inner = inner;
    this.#every = every;
  }

  respond(query: Buffer, length: number, reply: Buffer, exchange: BatchExchange): number {
    if (isSampled(query, length, this.#every)) return PASS;
    return this.#inner.respond(query, length, reply, exchange);
  }

  sent(replies: number, ms: number): void {
    this.#inner.sent(replies, ms);
  }
}
