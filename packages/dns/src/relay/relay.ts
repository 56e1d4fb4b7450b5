import type { TableMemory } from '../answers/answer-table.ts';
import type { ForwardedKey } from '../answers/forwarded-key.ts';
import type { Switchboard } from '../batch/switchboard.ts';
import type { ReplyOptions } from '../edns/reply-options.ts';
import { writeForwardable } from '../forward/forwardable.ts';
import { isOversized, judgeAnswer, wholeRcode } from '../forward/upstream-answer.ts';
import { get16 } from '../message/bytes.ts';
import { HEADER, RCODE } from '../message/constants.ts';
import type { Query } from '../message/query.ts';
import { copyBytes } from '../message/reply.ts';
import { type BatchExchange, LATER, type Outward, PASS } from '../responder.ts';
import { epoch, type MonotonicClock } from './epoch.ts';
import { type Errand, LONGEST_QUERY } from './errand.ts';
import { FirstAnswers } from './first-answers.ts';
import { KnownKeys } from './known-keys.ts';
import { type Line, Lines } from './lines.ts';
import { OwnNames } from './own-names.ts';
import { isPlain } from './plain.ts';
import { RandomNumbers } from './random.ts';
import { RelayCounters } from './relay-counters.ts';
import { type RelayEvents, Replies } from './replies.ts';
import { SignpostReader } from './signpost-reader.ts';
import { UnderWay } from './under-way.ts';

/** What one thread's relay is given. */
export interface RelayMemory {
  /** Names that are for the main thread alone, with all below them. */
  readonly ownNames: readonly string[];
  readonly signpost: SharedArrayBuffer;
  readonly known: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  /** Absent: no answer is kept. */
  readonly firstAnswers?: TableMemory;
  /** The bounds of the distribution of durations, in seconds. */
  readonly bounds: readonly number[];
  /** Zero of the main thread's monotonic clock, by the system's, in milliseconds. */
  readonly epoch: number;
}

/** Of a thread, which is not to load a daemon's parts for it. */
const THREAD_CLOCK: MonotonicClock = { monotonic: () => performance.now() };

export interface RelayParts {
  readonly switchboard: Switchboard;
  /** What clients are told that ask for it by EDNS. */
  readonly replyOptions: ReplyOptions;
  readonly events: RelayEvents;
  readonly clock?: MonotonicClock;
}

/** Milliseconds after which the main thread sees to a question: it asks again, and others. */
const LATE = 300;
/** The longest sleep, in milliseconds: a thread has to see that it is to end. */
const NAP = 250;
const EAGAIN = -11;

/**
 * In the thread that the client asked: takes questions for names that are not ours to the best upstream and its
 * answers back, where all goes well. Everything else is left to the main thread, as if nobody had been asked: what it
 * may know more of, and whatever is late, truncated or no answer.
 */
export class Relay implements Outward {
  readonly #switchboard: Switchboard;
  readonly #replies: Replies;
  readonly #ownNames: OwnNames;
  readonly #signpost: SignpostReader;
  readonly #known: KnownKeys;
  readonly #counters: RelayCounters;
  readonly #firstAnswers: FirstAnswers | undefined;
  readonly #lines: Lines;
  readonly #underWay: UnderWay;
  /** Milliseconds from this thread's clock to the main one's. */
  readonly #ahead: number;
  readonly #clock: MonotonicClock;
  #now = 0;
  /** The line that the questions of this batch go by, and how many there are. */
  #line: Line | undefined;
  #unsent = 0;

  constructor(memory: RelayMemory, parts: RelayParts) {
    const { switchboard, replyOptions, events, clock = THREAD_CLOCK } = parts;
    const random = new RandomNumbers();
    this.#switchboard = switchboard;
    this.#clock = clock;
    this.#replies = new Replies(switchboard, replyOptions, events);
    this.#ownNames = new OwnNames(memory.ownNames);
    this.#signpost = new SignpostReader(memory.signpost, () => this.#lines.finishAll());
    this.#known = new KnownKeys(memory.known);
    this.#counters = new RelayCounters(memory.bounds, memory.counters);
    this.#firstAnswers =
      memory.firstAnswers && new FirstAnswers(memory.firstAnswers, this.#known, this.#counters);
    this.#lines = new Lines(switchboard, random);
    this.#underWay = new UnderWay(random);
    this.#ahead = epoch(clock) - memory.epoch;
  }

  /** Some question is waited for. */
  get waits(): boolean {
    return this.#underWay.oldest !== undefined;
  }

  /**
   * Takes a question on its way to the upstream.
   * @param length of its packet
   * @param key of the query that has been read
   * @returns LATER; PASS for what the main thread has to see to
   */
  ask(query: Query, length: number, key: ForwardedKey, exchange: BatchExchange): number {
    if (length > LONGEST_QUERY || !isPlain(query)) return PASS;
    if (this.#ownNames.has(query.key, query.keyLength - 4)) return PASS;
    if (this.#known.has(key.hash)) return this.#join(query, length, key, exchange);
    const line = this.#lineForNext();
    const errand = line && this.#take(query, length, key, exchange);
    if (errand === undefined) return PASS;
    this.#send(errand, query, line as Line);
    return LATER;
  }

  #take(query: Query, length: number, key: ForwardedKey, exchange: BatchExchange): Errand | undefined {
    const errand = this.#underWay.take();
    if (errand === undefined) return undefined;
    exchange.readOrigin(errand.origin);
    errand.take(query.packet, length, key, this.#now);
    return errand;
  }

  /** Two of the same question at a time would be twice the chance for whoever guesses answers (RFC 5452, 5). */
  #join(query: Query, length: number, key: ForwardedKey, exchange: BatchExchange): number {
    const first = this.#underWay.like(key);
    const errand = first && this.#take(query, length, key, exchange);
    if (first === undefined || errand === undefined) return PASS;
    errand.alike = first.alike;
    first.alike = errand;
    return LATER;
  }

  #send(errand: Errand, query: Query, line: Line): void {
    this.#underWay.begin(errand);
    this.#known.add(errand.hash);
    errand.line = line;
    errand.questionLength = writeForwardable(errand.question, query, errand.id);
    const room = this.#switchboard.questions[this.#unsent] as Buffer;
    copyBytes(errand.question, 0, errand.questionLength, room, 0);
    this.#switchboard.addQuestion(this.#unsent, errand.questionLength);
    this.#unsent += 1;
    this.#lines.asked(line);
    this.#counters.count(line.place, 'asked');
  }

  /** One line for all questions of a batch, as long as it takes any. */
  #lineForNext(): Line | undefined {
    if (this.#line?.finished === true) this.flush();
    if (this.#line !== undefined) return this.#line;
    this.#now = this.#clock.monotonic();
    const direction = this.#signpost.next();
    this.#line = direction && this.#lines.choose(direction, this.#now);
    return this.#line;
  }

  flush(): void {
    const line = this.#line;
    const count = this.#unsent;
    if (line === undefined) return;
    this.#line = undefined;
    this.#unsent = 0;
    if (!this.#switchboard.ask(line.fd, count)) this.#leaveAll(line);
  }

  wait(): boolean {
    const { oldest } = this.#underWay;
    const left = oldest === undefined ? NAP : oldest.since + LATE - this.#clock.monotonic();
    const ready = this.#switchboard.wait(Math.max(0, Math.min(NAP, Math.ceil(left))));
    this.#now = this.#clock.monotonic();
    let clients = false;
    for (let at = 0; at < ready; at += 1) {
      const token = this.#switchboard.token(at);
      const line = this.#lines.withToken(token);
      if (line === undefined) clients = true;
      else this.#hear(line);
    }
    this.#leaveLate();
    this.#replies.send();
    return clients;
  }

  #hear(line: Line): void {
    const count = this.#switchboard.hear(line.fd);
    if (count < 0 && count !== EAGAIN) this.#leaveAll(line);
    for (let at = 0; at < count; at += 1) {
      const length = this.#switchboard.answerLength(at);
      const message = (this.#switchboard.answers[at] as Buffer).subarray(0, length);
      this.#judge(line, message);
    }
  }

  /** What is no answer to a question of this line is dropped: it may be anybody's, or have come too late. */
  #judge(line: Line, message: Buffer): void {
    const errand = message.length < HEADER ? undefined : this.#underWay.withId(get16(message, 0));
    if (errand === undefined || errand.line !== line) return;
    const verdict = judgeAnswer(errand.question, message);
    if (verdict === 'none') this.#counters.count(line.place, 'dropped');
    else if (verdict === 'truncated' || isOversized(errand.question, message)) this.#leave(errand);
    else this.#use(errand, message, line.place);
  }

  #use(errand: Errand, message: Buffer, place: number): void {
    const rcode = wholeRcode(message);
    this.#counters.took(place, rcode & 15, this.#now - errand.since);
    if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) this.#leave(errand);
    else this.#answerOrLeave(errand, message);
  }

  /** No message that nobody has thought of may end the thread. */
  #answerOrLeave(errand: Errand, message: Buffer): void {
    try {
      this.#answer(errand, message);
    } catch {
      this.#leave(errand);
    }
  }

  /** All that asked the same. */
  #answer(first: Errand, message: Buffer): void {
    for (let errand: Errand | undefined = first; errand !== undefined; errand = errand.alike) {
      this.#replies.add(errand, message, this.#now);
    }
    const kept = this.#firstAnswers?.keep(first, message, this.#now + this.#ahead) ?? false;
    if (!kept) this.#known.remove(first.hash);
    this.#end(first);
  }

  #leaveLate(): void {
    const latest = this.#now - LATE;
    for (let { oldest } = this.#underWay; oldest !== undefined && oldest.since <= latest; ) {
      this.#leave(oldest);
      oldest = this.#underWay.oldest;
    }
  }

  /** What befalls the line befalls everything that was asked by it. */
  #leaveAll(line: Line): void {
    for (let errand = this.#underWay.oldest; errand !== undefined; ) {
      const { newer }: Errand = errand;
      if (errand.line === line) this.#leave(errand);
      errand = newer;
    }
    this.#lines.finish(line);
  }

  /** The main thread sees to it, and to those that hang on it. */
  #leave(first: Errand): void {
    for (let errand: Errand | undefined = first; errand !== undefined; errand = errand.alike) {
      this.#switchboard.handOver(errand.origin, errand.query, errand.queryLength);
    }
    this.#known.remove(first.hash);
    this.#end(first);
  }

  #end(errand: Errand): void {
    const line = errand.line as Line;
    this.#underWay.end(errand);
    this.#lines.answered(line);
  }

  close(): void {
    this.#lines.close();
    this.#switchboard.close();
  }
}
