import type { Answer } from './answer.ts';
import type { Over } from './ask.ts';
import type { Asking, Time } from './asking.ts';
import type { Asker } from './recursor.ts';
import { patience } from './standing.ts';
import type { Upstream } from './upstream.ts';
import { isConclusive, refusesEdns, withoutEdns } from './upstream-answer.ts';
import { UpstreamError } from './upstream-error.ts';

/**
 * Each upstream is asked over UDP, again for a packet that was lost, and over TCP where UDP does not get through; over
 * TCP first where it lately did not.
 */
const ROUNDS: readonly Over[] = ['udp', 'udp', 'tcp'];
/** Milliseconds before anybody is asked again: who was asked may be asking others. */
const AGAIN = 500;
const NO_WORDS: ReadonlyMap<Upstream, Answer> = new Map();
const NOBODY: ReadonlySet<Upstream> = new Set();

/** What all flights of a forwarder have in common. */
export interface Itinerary {
  /** Milliseconds after which an answer is of no use. */
  readonly ms: number;
  readonly time: Time;
  /** Told of an upstream that keeps us waiting. */
  readonly onLate: (upstream: Upstream) => void;
}

/**
 * One question on its way round the upstreams. They are asked one after another, the next one when the last has failed
 * or has used up its patience, and the first answer counts. Those that were late go on: one may still win, and how it
 * ends is worth knowing.
 */
export class Flight {
  readonly #question: Buffer;
  readonly #upstreams: readonly Upstream[];
  readonly #itinerary: Itinerary;
  readonly #asker: Asker;
  readonly #deadline: number;
  /** What those said that have no answer: better than nothing, and no reason to ask them again. */
  #words: ReadonlyMap<Upstream, Answer> = NO_WORDS;
  /** Those that have refused EDNS: their next try goes without. */
  #withoutEdns = NOBODY;
  #started = 0;
  #lost = 0;
  #decided = false;

  /**
   * @param upstreams the best one first; not empty
   * @param asker hears of a failure when nobody has said anything
   */
  constructor(question: Buffer, upstreams: readonly Upstream[], itinerary: Itinerary, asker: Asker) {
    this.#question = question;
    this.#upstreams = upstreams;
    this.#itinerary = itinerary;
    this.#asker = asker;
    this.#deadline = itinerary.time.clock.monotonic() + itinerary.ms;
  }

  /** Asks the next upstream; when all have been, those that are asked decide. */
  start(): void {
    const number = this.#started;
    if (this.#decided || number === this.#most) return;
    this.#started += 1;
    const round = Math.floor(number / this.#upstreams.length);
    const upstream = this.#upstreams[number % this.#upstreams.length] as Upstream;
    if (this.#isSpent(upstream)) this.#lose(number, inconclusive(upstream));
    else this.#try(number, upstream, overIn(round, upstream));
  }

  /** How many tries there are. */
  get #most(): number {
    return ROUNDS.length * this.#upstreams.length;
  }

  #try(number: number, upstream: Upstream, over: Over): void {
    const { timers } = this.#itinerary.time;
    const again = number >= this.#upstreams.length - 1;
    const most = Math.max(again ? AGAIN : 0, patience(upstream.standing));
    const timer = timers.after(Math.min(this.#left, most), () => this.#late(number, upstream, asking));
    const question = this.#withoutEdns.has(upstream) ? withoutEdns(this.#question) : this.#question;
    const asking = upstream.ask(question, over, {
      answered: (answer) => {
        timer.cancel();
        this.#judge(number, upstream, asking.query, answer);
      },
      failed: (error) => {
        timer.cancel();
        this.#lose(number, error);
      },
    });
  }

  /** A try that is not worth making. */
  #isSpent(upstream: Upstream): boolean {
    return this.#words.has(upstream) || upstream.left || upstream.standing.loops || this.#left <= 0;
  }

  /** Only who is late needs an end to the wait: an answer in time costs one timer. */
  #late(number: number, upstream: Upstream, asking: Asking): void {
    asking.limit(this.#left);
    this.#itinerary.onLate(upstream);
    this.#startAfter(number);
  }

  /** Only the newest try may call for the next. */
  #startAfter(number: number): void {
    if (number + 1 === this.#started) this.start();
  }

  get #left(): number {
    return this.#deadline - this.#itinerary.time.clock.monotonic();
  }

  /** Only one that answers without EDNS has refused that; any other finds fault with the question, which anybody may have sent. */
  #judge(number: number, upstream: Upstream, query: Buffer, answer: Answer): void {
    if (isConclusive(answer)) {
      if (this.#withoutEdns.has(upstream)) upstream.refuseEdns();
      this.#win(answer);
      return;
    }
    if (refusesEdns(query, answer.message)) this.#withoutEdns = new Set([...this.#withoutEdns, upstream]);
    else this.#note(upstream, answer);
    this.#lose(number, inconclusive(upstream));
  }

  #note(upstream: Upstream, answer: Answer): void {
    this.#words = new Map([...this.#words, [upstream, answer]]);
    upstream.fault();
  }

  #win(answer: Answer): void {
    if (this.#decided) return;
    this.#decided = true;
    this.#asker.answered(answer);
  }

  #lose(number: number, error: unknown): void {
    this.#lost += 1;
    if (this.#lost === this.#most) this.#fail(error);
    else this.#startAfter(number);
  }

  #fail(error: unknown): void {
    const word = this.#upstreams.find((one) => this.#words.has(one) && !one.standing.loops);
    if (word !== undefined) this.#win(this.#words.get(word) as Answer);
    else if (!this.#decided) queueMicrotask(() => this.#asker.failed(error));
  }
}

function overIn(round: number, { standing }: Upstream): Over {
  return round === 0 && standing.tcpFirst > 0 ? 'tcp' : (ROUNDS[round] as Over);
}

function inconclusive({ name }: Upstream): UpstreamError {
  return new UpstreamError('silent', `the upstream ${name} has no answer`);
}
