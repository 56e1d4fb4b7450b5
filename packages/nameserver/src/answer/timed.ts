import type { Clock } from '@callsign/daemon';
import type { Exchange, Responder } from '@callsign/dns';
import type { DnsCounters } from './counters.ts';
import { Overheard } from './overheard.ts';

/** Measures how long replies take, around the responder that gives them; those that are waited for, too. */
export class Timed implements Responder {
  readonly #inner: Responder;
  readonly #counters: DnsCounters;
  readonly #clock: Clock;

  constructor(inner: Responder, counters: DnsCounters, clock: Clock) {
    this.#inner = inner;
    this.#counters = counters;
    this.#clock = clock;
  }

  respond(query: Buffer, length: number, reply: Buffer, exchange: Exchange): number {
    const began = this.#clock.monotonic();
    const note = () => this.#counters.took(this.#clock.monotonic() - began);
    const written = this.#inner.respond(query, length, reply, new Overheard(exchange, note));
    if (written > 0) note();
    return written;
  }
}
