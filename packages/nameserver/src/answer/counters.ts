import type { Distribution } from '@callsign/daemon';
import {
  ANSWER_KINDS,
  type AnswerKind,
  type Query,
  RCODE,
  rcodeName,
  type Transport,
  TYPE,
  typeName,
} from '@callsign/dns/hot';
import { DURATION_BUCKETS, durationBucket } from './durations.ts';

type Reading = Iterable<readonly [number, Readonly<Record<string, string>>]>;

const TRANSPORTS = ['udp', 'tcp', 'tls', 'https'] as const satisfies readonly Transport[];
const COUNTED_TYPES = 258;
const COUNTED_RCODES = 24;

/**
 * Numbers of one thread's counters: requests by transport and type, responses by rcode, packets dropped, replies by
 * how long they took, the seconds that all of them took, upstreams' answers given again by kind, and questions that a
 * thread took to an upstream itself.
 */
const RESPONSES = TRANSPORTS.length * COUNTED_TYPES;
const DROPPED = RESPONSES + COUNTED_RCODES;
const DURATIONS = DROPPED + 1;
const SECONDS = DURATIONS + DURATION_BUCKETS.length + 1;
const REPEATED = SECONDS + 1;
const RELAYED = REPEATED + ANSWER_KINDS.length;
const NUMBERS = RELAYED + 1;

/**
 * What the hot path counts: plain numbers in shared memory, one writing thread each, made into metrics when somebody
 * asks. Types that nobody knows count as one, so that a client cannot fill the metrics with names.
 */
export class DnsCounters {
  readonly memory: SharedArrayBuffer;
  readonly #numbers: Float64Array;
  /** Those of other threads, which are added where somebody asks. */
  readonly #others: DnsCounters[] = [];
  finished = 0;
  /** Questions for upstreams that no finished answer was there for. */
  #forwarded = 0;
  forwardFailed = 0;
  recursionRefused = 0;

  constructor(memory = new SharedArrayBuffer(NUMBERS * Float64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#numbers = new Float64Array(memory);
  }

  /** Counters for one more thread, whose memory is handed to it. */
  another(): DnsCounters {
    const counters = new DnsCounters();
    this.#others.push(counters);
    return counters;
  }

  request(transport: Transport, query: Query): void {
    const type = query.type < COUNTED_TYPES ? query.type : 0;
    this.#add(TRANSPORTS.indexOf(transport) * COUNTED_TYPES + type);
  }

  response(rcode: number): void {
    this.#add(RESPONSES + rcode);
  }

  forward(): void {
    this.#forwarded += 1;
  }

  /** A finished answer of an upstream was given again. */
  repeat(kind: AnswerKind): void {
    this.#add(REPEATED + ANSWER_KINDS.indexOf(kind));
  }

  /** A thread has an answer to what it asked an upstream itself. */
  relay(): void {
    this.#add(RELAYED);
  }

  /** Questions for names that are not ours. */
  get forwarded(): number {
    return this.#forwarded + this.repeated('success') + this.repeated('denial') + this.relayed;
  }

  get relayed(): number {
    return this.#sum(RELAYED);
  }

  repeated(kind: AnswerKind): number {
    return this.#sum(REPEATED + ANSWER_KINDS.indexOf(kind));
  }

  drop(): void {
    this.#add(DROPPED);
  }

  /** @param ms milliseconds that each of so many replies took */
  took(ms: number, replies = 1): void {
    this.#add(DURATIONS + durationBucket(ms), replies);
    this.#add(SECONDS, (replies * ms) / 1_000);
  }

  get dropped(): number {
    return this.#sum(DROPPED);
  }

  /** How many replies took how long, in seconds. */
  get durations(): Distribution {
    const counts = Array.from({ length: SECONDS - DURATIONS }, (_, at) => this.#sum(DURATIONS + at));
    return { counts, sum: this.#sum(SECONDS) };
  }

  #add(at: number, more = 1): void {
    this.#numbers[at] = (this.#numbers[at] as number) + more;
  }

  #sum(at: number): number {
    return this.#others.reduce((sum, other) => sum + other.#sum(at), this.#numbers[at] as number);
  }

  *requests(): Reading {
    for (const [at, proto] of TRANSPORTS.entries()) {
      const byName = new Map<string, number>();
      for (let type = 0; type < COUNTED_TYPES; type += 1) {
        const name = KNOWN_TYPES.has(type) ? typeName(type) : 'other';
        const count = this.#sum(at * COUNTED_TYPES + type);
        if (count > 0) byName.set(name, (byName.get(name) ?? 0) + count);
      }
      for (const [type, count] of byName) yield [count, { proto, type }];
    }
  }

  *responses(): Reading {
    for (const rcode of Object.values(RCODE))
      yield [this.#sum(RESPONSES + rcode), { rcode: rcodeName(rcode) }];
  }
}

const KNOWN_TYPES = new Set<number>(Object.values(TYPE));
