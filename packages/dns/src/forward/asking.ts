import { randomInt } from 'node:crypto';
import type { SocketAddress } from '@callsign/daemon';
import { askOverTcp, failure, type Over } from './ask.ts';
import type { Waiter } from './upstream-socket.ts';
import type { UpstreamSockets } from './upstream-sockets.ts';

/** One question on its way to one upstream: over UDP, and over TCP for what was truncated (RFC 7766, 5). */
export class Asking implements Waiter {
  readonly query: Buffer;
  readonly dropped: () => void;
  /** Rejects with an UpstreamError when there is none, or the wait was ended. */
  readonly answer: Promise<Buffer>;
  readonly #at: SocketAddress;
  readonly #resolve: (answer: Buffer) => void;
  readonly #reject: (error: unknown) => void;
  /** Ends what waits for the answer. */
  #withdraw: () => void = () => undefined;

  /** @param dropped told of each message that is no answer to the question, or is none at all */
  constructor(at: SocketAddress, query: Buffer, dropped: () => void) {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.query = query;
    this.dropped = dropped;
    this.answer = promise;
    this.#at = at;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(over: Over, sockets: UpstreamSockets): void {
    if (over === 'udp') this.#withdraw = sockets.ask(this);
    else {
      this.query.writeUInt16BE(randomInt(65_536), 0);
      this.#startOverTcp();
    }
  }

  answered(answer: Buffer | 'truncated'): void {
    if (answer === 'truncated') this.#startOverTcp();
    else this.#resolve(answer);
  }

  unreachable(cause: unknown): void {
    this.#reject(failure('network', this.#at, 'cannot be reached', cause));
  }

  /** An answer is of no use any more. */
  end(): void {
    this.#withdraw();
    this.#reject(failure('silent', this.#at, 'did not answer in time'));
  }

  #startOverTcp(): void {
    const ending = new AbortController();
    this.#withdraw = () => ending.abort();
    const asking = { signal: ending.signal, onDropped: this.dropped };
    askOverTcp(this.#at, this.query, asking).then(this.#resolve, this.#reject);
  }
}
