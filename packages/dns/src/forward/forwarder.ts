import {
  type Clock,
  formatSocketAddress,
  type Log,
  type SocketAddress,
  silentLog,
  systemClock,
} from '@callsign/daemon';
import type { Time } from './asking.ts';
import { Flight, type Itinerary } from './flight.ts';
import type { ForwardedQuestion } from './forwarded-question.ts';
import { KeptFailures } from './kept-failures.ts';
import { Prober } from './probe.ts';
import type { Asker, Recursor } from './recursor.ts';
import type { Siblings } from './siblings.ts';
import { isQuick, ranked } from './standing.ts';
import { Timers } from './timers.ts';
import { Upstream, type UpstreamEvents, type UpstreamExchange } from './upstream.ts';
import { isConclusive } from './upstream-answer.ts';
import { UpstreamError } from './upstream-error.ts';

export interface ForwarderOptions {
  readonly upstreams?: readonly SocketAddress[];
  /** Where the upstreams are asked for names: `.`, or the zone that they were named for. */
  readonly zone?: string;
  /** Milliseconds after which there is no use in an answer: stub resolvers wait 5 s. */
  readonly totalMs?: number;
  /** Questions under way beyond this are refused at once. */
  readonly most?: number;
  /** Told of every question and probe when it is over. */
  readonly onExchange?: ((exchange: UpstreamExchange) => void) | undefined;
  /** Told of the upstream that is best to ask over UDP, whenever that one or the number of upstreams changes. */
  readonly onBest?: ((best: BestUpstream) => void) | undefined;
  /** Absent: nobody else asks these upstreams. */
  readonly siblings?: Siblings | undefined;
  readonly log?: Log;
  readonly clock?: Clock;
}

/** The upstream for those who ask only one. */
export interface BestUpstream {
  /** Absent: none can be asked so. */
  readonly at?: SocketAddress;
  /** True: there are others, to be compared with it. */
  readonly others: boolean;
}

/** What is wrong, and what to do. */
const LOOP =
  'an upstream sends our questions back to us and is left out: name another by --nameserver, or give it one that is not this server';
/** Milliseconds after which an upstream that is only late is probed again. */
const LATE_PROBE = 60_000;

/**
 * Asks upstreams what is not ours to answer: the quickest first, and the next as well when that one is late. Those
 * that are silent or lead back to us are left out until a probe was answered, and what has just come to nothing is not
 * asked again. Knows neither zone nor client.
 */
export class Forwarder implements Recursor {
  readonly zone: string;
  readonly #most: number;
  readonly #log: Log;
  readonly #time: Time;
  readonly #itinerary: Itinerary;
  readonly #prober: Prober;
  readonly #probed = new WeakMap<Upstream, number>();
  readonly #failures: KeptFailures;
  readonly #events: UpstreamEvents;
  readonly #onBest: ((best: BestUpstream) => void) | undefined;
  #upstreams: readonly Upstream[] = [];
  #best: Upstream | undefined;
  #started = false;
  #closed = false;
  #underWay = 0;
  /** Questions that were refused because too many were under way. */
  rejected = 0;

  constructor(options: ForwarderOptions = {}) {
    const { zone = '.', clock = systemClock } = options;
    this.zone = zone;
    this.#most = options.most ?? 1_000;
    this.#log = (options.log ?? silentLog).child(zone === '.' ? {} : { stub: zone });
    this.#time = { clock, timers: new Timers(clock) };
    this.#itinerary = {
      ms: options.totalMs ?? 3_500,
      time: this.#time,
      onLate: (upstream) => this.#late(upstream),
    };
    this.#prober = new Prober(zone, clock);
    this.#failures = new KeptFailures(clock, options.siblings);
    const { onExchange } = options;
    this.#onBest = options.onBest;
    const onStanding = this.#onBest && (() => this.#rank());
    this.#events = { onTurn: (upstream) => this.#turned(upstream), onStanding, onExchange };
    this.use(options.upstreams ?? []);
  }

  get upstreams(): readonly Upstream[] {
    return this.#upstreams;
  }

  /** Questions that were not asked because they had just come to nothing. */
  get failuresRepeated(): number {
    return this.#failures.repeated;
  }

  /** From the next question on these are asked. What is known of those that stay is kept. */
  use(addresses: readonly SocketAddress[]): void {
    const known = new Map(this.#upstreams.map((upstream) => [upstream.name, upstream]));
    const distinct = new Map(addresses.map((at) => [formatSocketAddress(at), at]));
    this.#upstreams = [...distinct].map(
      ([name, at]) => known.get(name) ?? new Upstream(at, this.#time, this.#events),
    );
    for (const [name, upstream] of known) if (!distinct.has(name)) upstream.leave();
    for (const upstream of this.#upstreams) this.#probe(upstream);
    this.#failures.clear();
    this.#tellBest(this.#findBest());
  }

  /**
   * From now on upstreams are probed: what is silent or leads back to us is known before anybody has to wait for it.
   * To be called when we can be asked ourselves, or no probe could come back.
   */
  start(): void {
    this.#started = true;
    for (const upstream of this.#upstreams) this.#probe(upstream);
  }

  close(): void {
    this.#closed = true;
    this.#prober.close();
    for (const upstream of this.#upstreams) upstream.leave();
    this.#time.timers.close();
  }

  /** Others have asked the upstream with this name, and had answers within so many milliseconds. */
  heard(name: string, ms: number): void {
    this.#upstreams.find((upstream) => upstream.name === name)?.heard(ms);
  }

  ask(question: ForwardedQuestion, asker: Asker): void {
    if (this.#failures.tell(question, asker)) return;
    const { message } = question;
    const order = ranked(this.#upstreams);
    const refusal = this.#refusal(message, order);
    if (refusal !== undefined) {
      queueMicrotask(() => asker.failed(refusal));
      return;
    }
    for (let at = 1; at < order.length; at += 1) order[at]?.passOver();
    this.#underWay += 1;
    new Flight(message, order, this.#itinerary, this.#landing(question, order, asker)).start();
  }

  /** Why a question is not asked at all. */
  #refusal(question: Buffer, order: readonly Upstream[]): UpstreamError | undefined {
    const circular = this.#prober.recognise(question);
    circular?.loop(true);
    if (circular !== undefined) return circle();
    if (this.#underWay >= this.#most) return this.#reject();
    if (this.#upstreams.length === 0) return new UpstreamError('none', 'there is no upstream');
    return order.length === 0 ? circle() : undefined;
  }

  #reject(): UpstreamError {
    this.rejected += 1;
    return new UpstreamError('busy', 'too many questions are under way');
  }

  /**
   * Whoever waits for an answer that can only come from ourselves is told at once. Where all that were asked have been
   * replaced meanwhile, those that have taken their place are asked. What comes to nothing is kept, as long as there is
   * nobody else to ask.
   */
  #landing(question: ForwardedQuestion, upstreams: readonly Upstream[], asker: Asker): Asker {
    const all = this.#upstreams;
    const unchanged = () => all === this.#upstreams;
    return {
      answered: (answer) => {
        this.#underWay -= 1;
        if (!isConclusive(answer) && unchanged()) this.#failures.keepAnswer(question, answer);
        asker.answered(answer);
      },
      failed: (error) => {
        this.#underWay -= 1;
        if (upstreams.every(({ left }) => left) && !this.#closed) return this.ask(question, asker);
        if (upstreams.every(({ standing }) => standing.loops)) return asker.failed(circle());
        if (unchanged()) this.#failures.keepError(question, error);
        asker.failed(error);
      },
    };
  }

  #rank(): void {
    const best = this.#findBest();
    if (best !== this.#best) this.#tellBest(best);
  }

  #findBest(): Upstream | undefined {
    const [first] = ranked(this.#upstreams);
    return first !== undefined && isQuick(first.standing) ? first : undefined;
  }

  #tellBest(best: Upstream | undefined): void {
    this.#best = best;
    this.#onBest?.({ ...(best && { at: best.at }), others: this.#upstreams.length > 1 });
  }

  /** Some questions take an upstream long; a probe tells whether it is there, and does not lead back to us. */
  #late(upstream: Upstream): void {
    upstream.fault();
    const now = this.#time.clock.monotonic();
    if (now - (this.#probed.get(upstream) ?? Number.NEGATIVE_INFINITY) < LATE_PROBE) return;
    this.#probed.set(upstream, now);
    this.#probe(upstream);
  }

  #probe(upstream: Upstream): void {
    if (this.#started) void this.#prober.probe(upstream);
  }

  #turned(upstream: Upstream): void {
    const told = { upstream: upstream.name };
    if (upstream.healthy) this.#failures.clear();
    if (upstream.healthy) this.#log.info('an upstream answers again', told);
    else if (upstream.standing.loops) this.#log.warn(LOOP, told);
    else this.#log.warn('an upstream does not answer and is asked last until it does', told);
    this.#probe(upstream);
  }
}

function circle(): UpstreamError {
  return new UpstreamError('loop', 'the upstreams lead back to this server');
}
