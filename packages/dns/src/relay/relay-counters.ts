import type { Distribution } from '@callsign/daemon';
import { bucketOf } from '../bucket.ts';
import { ANSWER_KINDS, type AnswerKind } from '../forward/kept-answer.ts';

/** Upstreams that are told apart; others are not for threads to ask. */
export const PLACES = 16;
const RCODES = 16;

/**
 * Numbers of one thread: answers that it keeps in each half of its memory, and that it has evicted, by kind; the bytes
 * of those that it keeps; and for each place those below.
 */
const KEPT = 0;
const EVICTED = KEPT + 2 * ANSWER_KINDS.length;
const BYTES = EVICTED + ANSWER_KINDS.length;
const FIRST_PLACE = BYTES + 1;

/** Numbers of a place. Behind them: for each rcode the seconds of all its answers, and how many took how long. */
const NUMBER = { asked: 0, dropped: 1 } as const;
/** Answers, and the milliseconds of all. */
const ANSWERED = 2;
const TIME = 3;
const FIRST_RCODE = 4;

/** What is counted of an upstream: questions, and messages that were no answers. */
export type Counted = keyof typeof NUMBER;

/** How many answers there have been, and how many milliseconds all of them took. */
export interface RoundTrips {
  readonly count: number;
  readonly ms: number;
}

/** What a thread counts of its errands, in shared memory: it alone writes, and the main thread reads when somebody asks. */
export class RelayCounters {
  readonly memory: SharedArrayBuffer;
  readonly #numbers: Float64Array;
  /** Seconds. */
  readonly #bounds: readonly number[];
  /** Where the last answer was kept. */
  #half = 0;

  /** @param bounds of the distribution of durations, in seconds, rising */
  constructor(bounds: readonly number[], memory = new SharedArrayBuffer(sizeFor(bounds))) {
    this.memory = memory;
    this.#bounds = bounds;
    this.#numbers = new Float64Array(memory);
  }

  count(place: number, what: Counted): void {
    this.#add(this.#placeAt(place) + NUMBER[what]);
  }

  /** An answer has come. */
  took(place: number, rcode: number, ms: number): void {
    this.#add(this.#placeAt(place) + ANSWERED);
    this.#add(this.#placeAt(place) + TIME, ms);
    const at = this.#rcodeAt(place, rcode);
    const seconds = ms / 1_000;
    this.#add(at, seconds);
    this.#add(at + 1 + bucketOf(seconds, this.#bounds));
  }

  /** A thread begins, with no answers kept. */
  begin(): void {
    for (const half of [0, 1]) this.#evict(half);
  }

  /**
   * @param half of the memory; when it is another than the last one, what stood there has gone
   * @param success false for a denial
   * @param bytes that all take that are kept
   */
  keep(half: number, success: boolean, bytes: number): void {
    if (half !== this.#half) this.#evict(half);
    this.#half = half;
    this.#add(KEPT + ANSWER_KINDS.length * half + (success ? 0 : 1));
    this.#numbers[BYTES] = bytes;
  }

  #evict(half: number): void {
    for (const kind of ANSWER_KINDS.keys()) {
      const kept = KEPT + ANSWER_KINDS.length * half + kind;
      this.#add(EVICTED + kind, this.#at(kept));
      this.#numbers[kept] = 0;
    }
  }

  get bytes(): number {
    return this.#at(BYTES);
  }

  kept(kind: AnswerKind): number {
    const at = KEPT + ANSWER_KINDS.indexOf(kind);
    return this.#at(at) + this.#at(at + ANSWER_KINDS.length);
  }

  evicted(kind: AnswerKind): number {
    return this.#at(EVICTED + ANSWER_KINDS.indexOf(kind));
  }

  counted(place: number, what: Counted): number {
    return this.#at(this.#placeAt(place) + NUMBER[what]);
  }

  /** How long answers took, in seconds. */
  durations(place: number, rcode: number): Distribution {
    const at = this.#rcodeAt(place, rcode);
    const counts = Array.from({ length: this.#bounds.length + 1 }, (_, bucket) => this.#at(at + 1 + bucket));
    return { counts, sum: this.#at(at) };
  }

  roundTrips(place: number): RoundTrips {
    return { count: this.#at(this.#placeAt(place) + ANSWERED), ms: this.#at(this.#placeAt(place) + TIME) };
  }

  #placeAt(place: number): number {
    return FIRST_PLACE + place * placeSize(this.#bounds);
  }

  #rcodeAt(place: number, rcode: number): number {
    return this.#placeAt(place) + FIRST_RCODE + rcode * rcodeSize(this.#bounds);
  }

  #at(number: number): number {
    return this.#numbers[number] as number;
  }

  #add(at: number, more = 1): void {
    this.#numbers[at] = (this.#numbers[at] as number) + more;
  }
}

function rcodeSize(bounds: readonly number[]): number {
  return bounds.length + 2;
}

function placeSize(bounds: readonly number[]): number {
  return FIRST_RCODE + RCODES * rcodeSize(bounds);
}

function sizeFor(bounds: readonly number[]): number {
  return (FIRST_PLACE + PLACES * placeSize(bounds)) * Float64Array.BYTES_PER_ELEMENT;
}
