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

/** One upstream, and what has been seen of it. */
export class Upstream {
  readonly at: SocketAddress;
  /** Its address as people write it. */
  readonly name: string;
  readonly #clock: Clock;
  readonly #onTurn: (upstream: Upstream) => void;
  readonly #underWay = new Set<AbortController>();
  #standing = UNKNOWN;
  /** Questions and probes, each try of them. */
  asked = 0;
  /** Tries that came to nothing. */
  failed = 0;
  /** Messages that were no answer to what was asked. */
  dropped = 0;
  #left = false;

  /** @param onTurn told when it becomes healthy or ceases to be */
  constructor(at: SocketAddress, clock: Clock, onTurn: (upstream: Upstream) => void) {
    this.at = at;
    this.name = formatSocketAddress(at);
    this.#clock = clock;
    this.#onTurn = onTurn;
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
    try {
      const message = await askUpstream(this.at, query, asking);
      this.#stand(answered(this.#standing, this.#clock.monotonic() - since));
      return { message };
    } catch (error) {
      this.#fail();
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
    if (was !== this.healthy && !this.#left) this.#onTurn(this);
  }
}
