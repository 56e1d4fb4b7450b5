import { type Clock, formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import type { Over } from './ask.ts';
import { Asking } from './asking.ts';
import type { Answer } from './recursor.ts';
import {
  answered,
  faulted,
  isHealthy,
  looping,
  passedOver,
  type Standing,
  silent,
  UNKNOWN,
} from './standing.ts';
import type { Timers } from './timers.ts';
import { UpstreamSockets } from './upstream-sockets.ts';

/** A question that is under way. */
export interface Asked {
  readonly answer: Promise<Answer>;
  /** Milliseconds from now after which an answer is of no use. Without it there is no end to the wait. */
  limit(ms: number): void;
}

/** What has passed between us and an upstream, whatever came of it. */
export interface UpstreamExchange {
  readonly at: SocketAddress;
  /** What it was asked over first: an answer that UDP had to truncate came over TCP. */
  readonly over: Over;
  readonly query: Buffer;
  /** Absent: none came that was one. */
  readonly answer?: Buffer;
  /** Milliseconds from the one to the other, or until nobody waited any more. */
  readonly ms: number;
}

/** A clock, and timers by it. */
export interface Time {
  readonly clock: Clock;
  readonly timers: Timers;
}

export interface UpstreamEvents {
  /** It has become healthy, or ceased to be. */
  readonly onTurn: (upstream: Upstream) => void;
  readonly onExchange?: ((exchange: UpstreamExchange) => void) | undefined;
}

/** One upstream, and what has been seen of it. */
export class Upstream {
  readonly at: SocketAddress;
  /** Its address as people write it. */
  readonly name: string;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #sockets: UpstreamSockets;
  readonly #events: UpstreamEvents;
  readonly #underWay = new Set<Asking>();
  #standing = UNKNOWN;
  /** Questions and probes, each try of them. */
  asked = 0;
  /** Tries that came to nothing. */
  failed = 0;
  /** Messages that were no answer to what was asked. */
  dropped = 0;
  #left = false;

  constructor(at: SocketAddress, { clock, timers }: Time, events: UpstreamEvents) {
    this.at = at;
    this.name = formatSocketAddress(at);
    this.#clock = clock;
    this.#timers = timers;
    this.#sockets = new UpstreamSockets(at, timers);
    this.#events = events;
  }

  get standing(): Standing {
    return this.#standing;
  }

  get healthy(): boolean {
    return isHealthy(this.#standing);
  }

  /** We ask it no more. */
  get left(): boolean {
    return this.#left;
  }

  ask(question: Buffer, over: Over): Asked {
    const asking = new Asking(this.at, Buffer.from(question), () => this.#drop());
    this.asked += 1;
    this.#underWay.add(asking);
    asking.start(over, this.#sockets);
    return { answer: this.#heard(asking, over), limit: (ms) => this.#limit(asking, ms) };
  }

  #limit(asking: Asking, ms: number): void {
    const timer = this.#timers.after(ms, () => asking.end());
    const cancel = () => timer.cancel();
    asking.answer.then(cancel, cancel);
  }

  async #heard(asking: Asking, over: Over): Promise<Answer> {
    const { at } = this;
    const { query } = asking;
    const since = this.#clock.monotonic();
    const took = () => this.#clock.monotonic() - since;
    try {
      const message = await asking.answer;
      const ms = took();
      this.#stand(answered(this.#standing, ms, over));
      this.#events.onExchange?.({ at, over, query, answer: message, ms });
      return { message };
    } catch (error) {
      this.#fail(over);
      this.#events.onExchange?.({ at, over, query, ms: took() });
      throw error;
    } finally {
      this.#underWay.delete(asking);
    }
  }

  /** It has kept somebody waiting, or has said that it cannot answer. */
  fault(): void {
    this.#stand(faulted(this.#standing));
  }

  passOver(): void {
    this.#stand(passedOver(this.#standing));
  }

  /** Whether it leads back to us; what is under way to it is ended if so. */
  loop(loops: boolean): void {
    this.#stand(looping(this.#standing, loops));
    if (loops) this.#endAll();
  }

  leave(): void {
    this.#left = true;
    this.#endAll();
    this.#sockets.close();
  }

  #endAll(): void {
    for (const asking of this.#underWay) asking.end();
  }

  #drop(): void {
    this.dropped += 1;
  }

  #fail(over: Over): void {
    this.failed += 1;
    this.#stand(silent(this.#standing, over));
  }

  #stand(now: Standing): void {
    const was = this.healthy;
    this.#standing = now;
    if (was !== this.healthy && !this.#left) this.#events.onTurn(this);
  }
}
