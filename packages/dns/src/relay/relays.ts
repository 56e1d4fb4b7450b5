import {
  type Clock,
  type Distribution,
  formatSocketAddress,
  type SocketAddress,
  systemClock,
} from '@callsign/daemon';
import { ForwardedKey } from '../answers/forwarded-key.ts';
import { socketAddressBytes } from '../batch/socket-address.ts';
import type { ForwardedQuestion } from '../forward/forwarded-question.ts';
import type { BestUpstream } from '../forward/forwarder.ts';
import type { AnswerKind } from '../forward/kept-answer.ts';
import type { Siblings } from '../forward/siblings.ts';
import { Query } from '../message/query.ts';
import { epoch } from './epoch.ts';
import { type FirstAnswer, FirstAnswersReader } from './first-answers.ts';
import { KnownKeys } from './known-keys.ts';
import type { RelayMemory } from './relay.ts';
import { type Counted, PLACES, RelayCounters, type RoundTrips } from './relay-counters.ts';
import { Signpost } from './signpost.ts';

/** Several upstreams are compared by a question that takes the longer way, after so many batches. */
const EVERY = 64;

export interface RelaysOptions {
  /** How many threads there may be. */
  readonly threads: number;
  /** Names that are for the main thread alone, with all below them; none of them the root. */
  readonly ownNames: readonly string[];
  /** Bytes that answers may take in all threads together; 0: none is kept. */
  readonly bytes: number;
  /** The same with those of the cache. */
  readonly allBytes: number;
  /** The bounds of the distribution of durations, in seconds. */
  readonly bounds: readonly number[];
  readonly clock?: Clock;
}

/** The main thread's side of all relays: says whom they ask, knows what they keep, and reads what they count. */
export class Relays implements Siblings {
  readonly #options: RelaysOptions;
  readonly #signpost = new Signpost();
  readonly #known: KnownKeys;
  readonly #counters: RelayCounters[] = [];
  readonly #firstAnswers: FirstAnswersReader[] = [];
  /** Upstreams by the places where what is seen of them is counted. */
  readonly #places = new Map<string, number>();
  readonly #roundTrips = new Map<string, RoundTrips>();
  readonly #query = new Query();
  readonly #key = new ForwardedKey();

  constructor(options: RelaysOptions) {
    this.#options = options;
    this.#known = KnownKeys.forAnswers(options.allBytes);
  }

  /** Bytes that answers may take in threads. */
  get most(): number {
    return this.#options.bytes;
  }

  /** What one more thread's relay is given. */
  another(): RelayMemory {
    const { bytes, threads, bounds, ownNames, clock = systemClock } = this.#options;
    const counters = new RelayCounters(bounds);
    const firstAnswers = bytes === 0 ? undefined : new FirstAnswersReader(bytes / threads);
    this.#counters.push(counters);
    if (firstAnswers !== undefined) this.#firstAnswers.push(firstAnswers);
    return {
      ownNames,
      signpost: this.#signpost.memory,
      known: this.#known.memory,
      counters: counters.memory,
      ...(firstAnswers && { firstAnswers: firstAnswers.memory }),
      bounds,
      epoch: epoch(clock),
    };
  }

  /** From now on this upstream is asked. One for which there is no place is for the main thread to ask. */
  point({ at, others }: BestUpstream): void {
    const place = at && this.#placeOf(at);
    if (at === undefined || place === undefined) this.#signpost.point();
    else {
      const address = socketAddressBytes(at.host, at.port);
      this.#signpost.point({ address, place, every: others ? EVERY : 0 });
    }
  }

  hashOf({ message }: ForwardedQuestion): number | undefined {
    if (this.#counters.length === 0) return undefined;
    this.#take(message);
    return this.#key.hash;
  }

  claim(hash: number): void {
    this.#known.add(hash);
  }

  release(hash: number): void {
    this.#known.remove(hash);
  }

  answerTo({ message }: ForwardedQuestion): FirstAnswer | undefined {
    if (this.#firstAnswers.length === 0) return undefined;
    this.#take(message);
    for (const each of this.#firstAnswers) {
      const found = each.find(this.#key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Bytes of the answers that threads keep. */
  get bytes(): number {
    return this.#sum(({ bytes }) => bytes);
  }

  kept(kind: AnswerKind): number {
    return this.#sum((counters) => counters.kept(kind));
  }

  evicted(kind: AnswerKind): number {
    return this.#sum((counters) => counters.evicted(kind));
  }

  /** Those that have been asked, by their addresses as people write them. */
  get upstreams(): readonly string[] {
    return [...this.#places.keys()];
  }

  /** @param upstream its address as people write it */
  counted(upstream: string, what: Counted): number {
    const place = this.#places.get(upstream);
    return place === undefined ? 0 : this.#sum((counters) => counters.counted(place, what));
  }

  /** How many milliseconds each upstream that has answered since this was called last took on the average. */
  *newRoundTrips(): Iterable<readonly [upstream: string, ms: number]> {
    for (const [upstream, place] of this.#places) {
      const trips = this.#counters.map((counters) => counters.roundTrips(place));
      const sum = { count: sumOf(trips, 'count'), ms: sumOf(trips, 'ms') };
      const before = this.#roundTrips.get(upstream) ?? { count: 0, ms: 0 };
      this.#roundTrips.set(upstream, sum);
      if (sum.count > before.count) yield [upstream, (sum.ms - before.ms) / (sum.count - before.count)];
    }
  }

  /** How long this upstream took, for each thread. */
  durations(upstream: string, rcode: number): readonly Distribution[] {
    const place = this.#places.get(upstream);
    return place === undefined ? [] : this.#counters.map((counters) => counters.durations(place, rcode));
  }

  #placeOf(at: SocketAddress): number | undefined {
    const name = formatSocketAddress(at);
    const place = this.#places.get(name) ?? this.#places.size;
    if (place >= PLACES) return undefined;
    this.#places.set(name, place);
    return place;
  }

  #take(message: Buffer): void {
    this.#query.read(message, message.length);
    this.#key.take(this.#query);
  }

  #sum(read: (counters: RelayCounters) => number): number {
    return this.#counters.reduce((sum, counters) => sum + read(counters), 0);
  }
}

function sumOf(trips: readonly RoundTrips[], what: keyof RoundTrips): number {
  return trips.reduce((sum, one) => sum + one[what], 0);
}
