import { randomBytes } from 'node:crypto';
import { type Backoff, type Clock, waitAfter } from '@callsign/daemon';
import { TYPE } from '../message/constants.ts';
import { encodeQuestion } from '../message/message.ts';
import { lowerName } from '../message/question.ts';
import type { Upstream } from './upstream.ts';

/** Below it we ask for names that nobody else asks for. */
const LABEL = 'callsign-loop';
/** What a probe's name ends in that is asked of upstreams of all zones. */
export const LOOP_NAME = `${LABEL}.`;
/** Milliseconds that an upstream has to answer a probe. */
const PATIENCE = 2_000;
const BACKOFF: Backoff = { first: 1_000, most: 30_000 };

interface Probe {
  readonly upstream: Upstream;
  cameBack: boolean;
}

/**
 * Asks upstreams how they are, with a name made up for each question: any answer means that the upstream is there,
 * and a question that reaches us as somebody's means that it leads back to us.
 */
export class Prober {
  readonly #zone: string;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #probes = new Map<string, Probe>();
  readonly #watched = new Set<Upstream>();

  /** @param zone where the upstreams are asked for names: `.` or a zone */
  constructor(zone: string, clock: Clock) {
    this.#zone = zone === '.' ? '' : zone;
    this.#clock = clock;
  }

  /** Probes once, and an upstream that is not healthy again and again until it is. */
  async probe(upstream: Upstream): Promise<void> {
    if (this.#watched.has(upstream)) return;
    this.#watched.add(upstream);
    try {
      await this.#untilHealthy(upstream);
    } catch {
      // We are being closed.
    } finally {
      this.#watched.delete(upstream);
    }
  }

  /** The upstream whose probe has come back as this question; on its way somebody may have changed the letters' case. */
  recognise(question: Buffer): Upstream | undefined {
    const probe = this.#probes.size === 0 ? undefined : this.#probes.get(lowerName(question));
    if (probe !== undefined) probe.cameBack = true;
    return probe?.upstream;
  }

  close(): void {
    this.#closing.abort();
  }

  async #untilHealthy(upstream: Upstream): Promise<void> {
    for (let failures = 0; !upstream.left; failures += 1) {
      await this.#once(upstream);
      if (upstream.healthy) return;
      await this.#clock.sleep(waitAfter(failures, BACKOFF), this.#closing.signal);
    }
  }

  async #once(upstream: Upstream): Promise<void> {
    const name = `${randomBytes(8).toString('hex')}.${LABEL}.${this.#zone}`;
    const question = encodeQuestion(0, name, TYPE.HINFO);
    const probe: Probe = { upstream, cameBack: false };
    this.#probes.set(lowerName(question), probe);
    try {
      await answerOf(upstream, question);
      if (!probe.cameBack && upstream.standing.loops) upstream.loop(false);
    } catch {
      // Its standing tells.
    } finally {
      this.#probes.delete(lowerName(question));
    }
  }
}

/** @throws {UpstreamError} when no answer came in time */
function answerOf(upstream: Upstream, question: Buffer): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  upstream.ask(question, 'udp', { answered: resolve, failed: reject }).limit(PATIENCE);
  return promise;
}
