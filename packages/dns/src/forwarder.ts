import { randomInt } from 'node:crypto';
import { type Clock, type SocketAddress, systemClock } from '@callsign/daemon';
import { FLAG, HEADER, RCODE } from './constants.ts';
import { OPT_LENGTH, writeOpt } from './opt.ts';
import type { Query } from './query.ts';
import type { Recursor } from './recursor.ts';
import { askUpstream, UpstreamError } from './upstream.ts';

export interface ForwarderOptions {
  readonly upstreams: readonly SocketAddress[];
  /** Milliseconds that one upstream has before the next is asked. */
  readonly attemptMs?: number;
  /** Milliseconds after which there is no use in an answer: stub resolvers wait 5 s. */
  readonly totalMs?: number;
  /** Questions under way beyond this are refused at once. */
  readonly most?: number;
  readonly clock?: Clock;
}

/**
 * Asks upstreams what is not ours to answer: the one that answered last first, then the others in turn.
 * Knows neither zone nor client: a question goes in, a whole message comes out.
 */
export class Forwarder implements Recursor {
  readonly upstreams: readonly SocketAddress[];
  readonly #attemptMs: number;
  readonly #totalMs: number;
  readonly #most: number;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #preferred = 0;
  #underWay = 0;

  constructor(options: ForwarderOptions) {
    this.upstreams = options.upstreams;
    this.#attemptMs = options.attemptMs ?? 1_000;
    this.#totalMs = options.totalMs ?? 4_000;
    this.#most = options.most ?? 1_000;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * The upstreams' answer to a question, with its own id and never truncated.
   * @throws {UpstreamError} when every upstream has failed, time is up or too many questions are under way
   */
  async forward(question: Buffer): Promise<Buffer> {
    if (this.#underWay >= this.#most) throw this.#failure('has too many questions under way');
    this.#underWay += 1;
    try {
      return await this.#askInTurn(question);
    } finally {
      this.#underWay -= 1;
    }
  }

  close(): void {
    this.#closing.abort();
  }

  /** Twice round at most. A server that cannot answer is passed over, but its word is better than none. */
  async #askInTurn(question: Buffer): Promise<Buffer> {
    const deadline = this.#clock.monotonic() + this.#totalMs;
    const first = this.#preferred;
    let spare: Buffer | undefined;
    let last: unknown = this.#failure('was not asked');
    for (let turn = 0; turn < 2 * this.upstreams.length && this.#clock.monotonic() < deadline; turn += 1) {
      const chosen = (first + turn) % this.upstreams.length;
      try {
        const answer = await this.#ask(this.upstreams[chosen] as SocketAddress, question, deadline);
        if (canAnswer(answer)) {
          this.#preferred = chosen;
          return answer;
        }
        spare ??= answer;
      } catch (error) {
        last = error;
      }
      if (this.#closing.signal.aborted) break;
    }
    if (spare !== undefined) return spare;
    throw last;
  }

  async #ask(at: SocketAddress, question: Buffer, deadline: number): Promise<Buffer> {
    const left = Math.min(this.#attemptMs, deadline - this.#clock.monotonic());
    const signal = AbortSignal.any([AbortSignal.timeout(Math.max(1, Math.ceil(left))), this.#closing.signal]);
    question.writeUInt16BE(randomInt(65_536), 0);
    return askUpstream(at, question, signal);
  }

  #failure(reason: string): UpstreamError {
    return new UpstreamError(this.upstreams[0] ?? { host: 'none', port: 0 }, reason);
  }
}

function canAnswer(answer: Buffer): boolean {
  const rcode = answer.readUInt16BE(2) & 15;
  return rcode !== RCODE.SERVFAIL && rcode !== RCODE.REFUSED;
}

/**
 * A query as we pass it on: the client's question as it was asked, its RD, CD and AD, and an OPT record of our
 * own when it brought one. Options are for one hop and stay behind (RFC 6891, 6.1.1 and 7).
 */
export function forwardable(query: Query): Buffer {
  const size = query.end + (query.edns ? OPT_LENGTH : 0);
  const question = Buffer.alloc(size);
  query.packet.copy(question, HEADER, HEADER, query.end);
  question.writeUInt16BE(query.flags & (FLAG.RD | FLAG.AD | FLAG.CD), 2);
  question.writeUInt16BE(1, 4);
  if (query.edns) {
    question.writeUInt16BE(1, 10);
    writeOpt(question, query.end, 0, query.dnssecOk);
  }
  return question;
}
