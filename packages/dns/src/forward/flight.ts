import { type Over, UpstreamError } from './ask.ts';
import type { Answer } from './recursor.ts';
import { type Attempt, staggered } from './staggered.ts';
import { patience } from './standing.ts';
import type { Asked, Time, Upstream } from './upstream.ts';
import { isConclusive } from './upstream-answer.ts';

/** Each upstream is asked over UDP, again for a packet that was lost, and over TCP where UDP does not get through. */
const ROUNDS: readonly Over[] = ['udp', 'udp', 'tcp'];
/** The same where it lately did not: TCP first. */
const TCP_ROUNDS: readonly Over[] = ['tcp', 'udp', 'tcp'];
/** Milliseconds before anybody is asked again: who was asked may be asking others. */
const AGAIN = 500;

export interface FlightOptions {
  /** The best one first; not empty. */
  readonly upstreams: readonly Upstream[];
  /** Milliseconds after which an answer is of no use. */
  readonly ms: number;
  readonly time: Time;
  /** Told of an upstream that keeps us waiting. */
  readonly onLate: (upstream: Upstream) => void;
}

/** One question on its way round the upstreams. */
export class Flight {
  readonly #question: Buffer;
  readonly #options: FlightOptions;
  readonly #deadline: number;
  /** What those said that have no answer: better than nothing, and no reason to ask them again. */
  readonly #words = new Map<Upstream, Answer>();

  constructor(question: Buffer, options: FlightOptions) {
    this.#question = question;
    this.#options = options;
    this.#deadline = options.time.clock.monotonic() + options.ms;
  }

  /** @throws {UpstreamError} when nobody has said anything */
  async answer(): Promise<Answer> {
    const { upstreams, time } = this.#options;
    const rounds = upstreams.map(({ standing }) => (standing.tcpFirst > 0 ? TCP_ROUNDS : ROUNDS));
    const starts = ROUNDS.flatMap((_, round) =>
      upstreams.map((upstream, at) => {
        const over = rounds[at]?.[round] as Over;
        const last = round > 0 || at === upstreams.length - 1;
        return () => this.#attempt(upstream, over, last ? AGAIN : 0);
      }),
    );
    try {
      return await staggered(starts, time.timers);
    } catch (error) {
      const word = upstreams.find((one) => this.#words.has(one) && !one.standing.loops);
      if (word === undefined) throw error;
      return this.#words.get(word) as Answer;
    }
  }

  #attempt(upstream: Upstream, over: Over, least: number): Attempt<Answer> {
    if (this.#words.has(upstream) || upstream.left || upstream.standing.loops || this.#left() <= 0)
      return spent(upstream);
    const asked = upstream.ask(this.#question, over);
    return {
      result: asked.answer.then((answer) => this.#judge(upstream, answer)),
      patience: Math.min(this.#left(), Math.max(least, patience(upstream.standing))),
      late: () => this.#late(upstream, asked),
    };
  }

  /** Only who is late needs an end to the wait: an answer in time costs one timer. */
  #late(upstream: Upstream, asked: Asked): void {
    asked.limit(this.#left());
    this.#options.onLate(upstream);
  }

  #left(): number {
    return this.#deadline - this.#options.time.clock.monotonic();
  }

  #judge(upstream: Upstream, answer: Answer): Answer {
    if (isConclusive(answer)) return answer;
    this.#words.set(upstream, answer);
    upstream.fault();
    throw inconclusive(upstream);
  }
}

/** A try that is not worth making. */
function spent(upstream: Upstream): Attempt<Answer> {
  return {
    result: Promise.reject(inconclusive(upstream)),
    patience: 0,
    late: () => undefined,
  };
}

function inconclusive({ name }: Upstream): UpstreamError {
  return new UpstreamError('silent', `the upstream ${name} has no answer`);
}
