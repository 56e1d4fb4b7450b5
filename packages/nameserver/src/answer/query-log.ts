import { type Clock, type Log, plainAddress } from '@callsign/daemon';
import { type Exchange, type Responder, rcodeName } from '@callsign/dns';
import { asked } from './asked.ts';
import { Overheard } from './overheard.ts';
import { isSampled } from './sample.ts';

export interface QueryLogOptions {
  /** One query of so many is logged; 1: all of them. */
  readonly every: number;
  readonly log: Log;
  readonly clock: Clock;
}

/** Logs queries with their replies, around the responder that answers them. Without it no packet is looked at for its sake. */
export class QueryLog implements Responder {
  readonly #inner: Responder;
  readonly #options: QueryLogOptions;
  /** DNS over HTTPS: its ids are all 0 (RFC 8484, 4.1), so those are counted. */
  #overHttps = 0;

  constructor(inner: Responder, options: QueryLogOptions) {
    this.#inner = inner;
    this.#options = options;
  }

  respond(query: Buffer, length: number, reply: Buffer, exchange: Exchange): number {
    if (!this.#isChosen(query, length, exchange)) return this.#inner.respond(query, length, reply, exchange);
    const { transport, peer } = exchange;
    const note = this.#noteFor({ transport, client: plainAddress(peer) });
    const written = this.#inner.respond(query, length, reply, new Overheard(exchange, note));
    if (written > 0) note(reply.subarray(0, written));
    return written;
  }

  #isChosen(query: Buffer, length: number, { transport }: Exchange): boolean {
    const { every } = this.#options;
    if (transport !== 'https') return isSampled(query, length, every);
    this.#overHttps += 1;
    return this.#overHttps % every === 0;
  }

  #noteFor(who: { readonly transport: string; readonly client: string }): (reply: Buffer) => void {
    const { log, clock } = this.#options;
    const started = clock.monotonic();
    return (reply) => {
      const ms = Number((clock.monotonic() - started).toFixed(3));
      log.info('query', { ...who, ...toldBy(reply), bytes: reply.length, ms });
    };
  }
}

/** What a reply of ours says of its question and its outcome: those to what was malformed have no question. */
function toldBy(reply: Buffer) {
  const rcode = rcodeName((reply[3] as number) & 0x0f);
  if (reply.readUInt16BE(4) === 0) return { rcode };
  return { ...asked(reply), rcode };
}
