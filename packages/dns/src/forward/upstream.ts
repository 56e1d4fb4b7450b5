import { randomInt } from 'node:crypto';
import { type Clock, formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import { askUpstream, type Over } from './ask.ts';
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

/** Nobody reads why: a constant spares the making of an error for every answer. */
const OVER = 'over';

/** A question that is under way. */
export interface Asked {
  readonly answer: Promise<Answer>;
  /** Fires when the answer has come, or will not. */
  readonly ended: AbortSignal;
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
  readonly #events: UpstreamEvents;
  readonly #underWay = new Set<AbortController>();
  #standing = UNKNOWN;
  /** Questions and probes, each try of them. */
  asked = 0;
  /** Tries that came to nothing. */
  failed = 0;
  /** Messages that were no answer to what was asked. */
  dropped = 0;
  #left = false;

  constructor(at: SocketAddress, clock: Clock, events: UpstreamEvents) {
    this.at = at;
    this.name = formatSocketAddress(at);
    this.#clock = clock;
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
    const ending = new AbortController();
    this.asked += 1;
    this.#underWay.add(ending);
    const answer = this.#exchange(question, over, ending);
    return { answer, ended: ending.signal, limit: (ms) => this.#limit(ending, ms) };
  }

  #limit(ending: AbortController, ms: number): void {
    this.#clock.sleep(ms, ending.signal).then(
      () => ending.abort(OVER),
      () => undefined,
    );
  }

  async #exchange(question: Buffer, over: Over, ending: AbortController): Promise<Answer> {
    const query = Buffer.from(question);
    query.writeUInt16BE(randomInt(65_536), 0);
    const since = this.#clock.monotonic();
    const asking = { over, signal: ending.signal, onDropped: () => this.#drop() };
    const took = () => this.#clock.monotonic() - since;
    try {
      const message = await askUpstream(this.at, query, asking);
      const ms = took();
      this.#stand(answered(this.#standing, ms));
      this.#events.onExchange?.({ at: this.at, over, query, answer: message, ms });
      return { message };
    } catch (error) {
      this.#fail();
      this.#events.onExchange?.({ at: this.at, over, query, ms: took() });
      throw error;
    } finally {
      this.#underWay.delete(ending);
      ending.abort(OVER);
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
  }

  #endAll(): void {
    for (const ending of this.#underWay) ending.abort(OVER);
  }

  #drop(): void {
    this.dropped += 1;
  }

  #fail(): void {
    this.failed += 1;
    this.#stand(silent(this.#standing));
  }

  #stand(now: Standing): void {
    const was = this.healthy;
    this.#standing = now;
    if (was !== this.healthy && !this.#left) this.#events.onTurn(this);
  }
}
