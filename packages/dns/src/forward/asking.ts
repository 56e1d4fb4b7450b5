import { randomInt } from 'node:crypto';
import type { Clock, SocketAddress } from '@callsign/daemon';
import { askOverTcp, type Over } from './ask.ts';
import type { Asker } from './recursor.ts';
import type { Timers } from './timers.ts';
import { failure } from './upstream-error.ts';
import type { Waiter } from './upstream-socket.ts';
import type { UpstreamSockets } from './upstream-sockets.ts';

/** A clock, and timers by it. */
export interface Time {
  readonly clock: Clock;
  readonly timers: Timers;
}

/** What all questions to one upstream have in common. */
export interface Course extends Time {
  readonly at: SocketAddress;
  readonly sockets: UpstreamSockets;
  /** A message has come that is no answer, or is none at all. */
  readonly onDropped: () => void;
  /** It is over, and the asker is about to be told. @param answer absent: there is none, or nobody waits any more */
  readonly onEnd: (asking: Asking, answer?: Buffer) => void;
}

/** One question on its way to one upstream: over UDP, and over TCP for what was truncated (RFC 7766, 5). */
export class Asking implements Waiter {
  readonly query: Buffer;
  /** What it goes over first. */
  readonly over: Over;
  readonly #course: Course;
  readonly #asker: Asker;
  readonly #since: number;
  /** Ends what waits for the answer. */
  #withdraw: () => void = () => undefined;
  #ended = false;

  /** @param query its own, to write an id into */
  constructor(query: Buffer, over: Over, course: Course, asker: Asker) {
    this.query = query;
    this.over = over;
    this.#course = course;
    this.#asker = asker;
    this.#since = course.clock.monotonic();
  }

  /** Milliseconds since it was asked. */
  get ms(): number {
    return this.#course.clock.monotonic() - this.#since;
  }

  start(): void {
    if (this.over === 'udp') this.#withdraw = this.#course.sockets.ask(this);
    else {
      this.query.writeUInt16BE(randomInt(65_536), 0);
      this.#startOverTcp();
    }
  }

  /** An answer is of no use after so many milliseconds from now. Without it there is no end to the wait. */
  limit(ms: number): void {
    this.#course.timers.after(ms, () => this.end());
  }

  answered(answer: Buffer | 'truncated'): void {
    if (answer === 'truncated') this.#startOverTcp();
    else this.#succeed(answer);
  }

  dropped(): void {
    this.#course.onDropped();
  }

  unreachable(cause: unknown): void {
    this.#fail(failure('network', this.#course.at, 'cannot be reached', cause));
  }

  /** An answer is of no use any more. */
  end(): void {
    if (this.#ended) return;
    this.#withdraw();
    this.#fail(failure('silent', this.#course.at, 'did not answer in time'));
  }

  #startOverTcp(): void {
    const ending = new AbortController();
    this.#withdraw = () => ending.abort();
    const asking = { signal: ending.signal, onDropped: this.#course.onDropped };
    askOverTcp(this.#course.at, this.query, asking).then(
      (answer) => this.#succeed(answer),
      (error) => this.#fail(error),
    );
  }

  #succeed(message: Buffer): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#course.onEnd(this, message);
    this.#asker.answered({ message });
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#course.onEnd(this);
    this.#asker.failed(error);
  }
}
