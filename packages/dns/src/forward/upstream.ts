import { formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import type { Over } from './ask.ts';
import { Asking, type Course, type Time } from './asking.ts';
import type { Asker } from './recursor.ts';
import {
  answered,
  faulted,
  isHealthy,
  looping,
  passedOver,
  refusedEdns,
  type Standing,
  silent,
  UNKNOWN,
} from './standing.ts';
import { withoutEdns } from './upstream-answer.ts';
import { UpstreamSockets } from './upstream-sockets.ts';

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
  /** Something has been seen of it. */
  readonly onStanding?: (() => void) | undefined;
  readonly onExchange?: ((exchange: UpstreamExchange) => void) | undefined;
}

/** One upstream, and what has been seen of it. */
export class Upstream {
  readonly at: SocketAddress;
  /** Its address as people write it. */
  readonly name: string;
  readonly #course: Course;
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

  constructor(at: SocketAddress, time: Time, events: UpstreamEvents) {
    this.at = at;
    this.name = formatSocketAddress(at);
    this.#course = {
      ...time,
      at,
      sockets: new UpstreamSockets(at, time.timers),
      onDropped: () => this.#drop(),
      onEnd: (asking, answer) => this.#ended(asking, answer),
    };
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

  ask(question: Buffer, over: Over, asker: Asker): Asking {
    const query = this.#standing.withoutEdns > 0 ? withoutEdns(question) : Buffer.from(question);
    const asking = new Asking(query, over, this.#course, asker);
    this.asked += 1;
    this.#underWay.add(asking);
    asking.start();
    return asking;
  }

  #ended(asking: Asking, answer?: Buffer): void {
    const { at } = this;
    const { over, query, ms } = asking;
    this.#underWay.delete(asking);
    if (answer === undefined) this.#fail(over);
    else this.#stand(answered(this.#standing, ms, over));
    this.#events.onExchange?.({ at, over, query, ms, ...(answer && { answer }) });
  }

  /** It has answered others, and taken so many milliseconds for it; whether with more than an error, we have to see ourselves. */
  heard(ms: number): void {
    const { faults } = this.#standing;
    this.#stand({ ...answered(this.#standing, ms), faults });
  }

  /** It has kept somebody waiting, or has said that it cannot answer. */
  fault(): void {
    this.#stand(faulted(this.#standing));
  }

  /** It speaks no EDNS, or not ours. */
  refuseEdns(): void {
    this.#stand(refusedEdns(this.#standing));
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
    this.#course.sockets.close();
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
    if (!this.#left) this.#events.onStanding?.();
  }
}
