import { type Clock, systemClock } from '@callsign/daemon';
import { FLAG, HEADER } from '../message/constants.ts';
import { lowerName, questionNameEnd } from '../message/question.ts';
import { type AnswerKind, freshCopy, type KeptAnswer, keptAnswer, staleCopy } from './kept-answer.ts';
import type { Answer, CopyableAnswer, Recursor } from './recursor.ts';
import { isConclusive } from './upstream-answer.ts';

export interface ForwardCacheOptions {
  /** Bytes that answers may take; 0 keeps none, and still asks once for many. */
  readonly bytes: number;
  /** Seconds for which an answer may be given after its time, when there is no other; 0: never. */
  readonly serveStale?: number;
  readonly clock?: Clock;
}

/** An answer's place. What changes is how often it was asked for, and when it is worth trying to replace it. */
interface Entry {
  readonly kept: KeptAnswer;
  asked: number;
  /** Until then nobody is asked again, for it has just been in vain (RFC 8767, 5: failure recheck timer). */
  recheck: number;
}

/** What an entry costs besides its answer, about: key, offsets, the map's own. */
const OVERHEAD = 250;
/** Milliseconds that a client waits before it gets a stale answer (RFC 8767, 5: client response timer). */
const CLIENT_RESPONSE = 1_800;
const FAILURE_RECHECK = 30_000;
/** The last part of its time in which an answer that is asked for again is fetched anew. */
const PREFETCH_SHARE = 0.1;
/** Milliseconds for which others may answer by what is kept here: what they are asked often must not look forgotten. */
const UNSEEN = 16_000;
const RD_AD_CD = FLAG.RD | FLAG.AD | FLAG.CD;

/**
 * Answers again what upstreams answered before, and asks them once for what many ask at the same time. Names that
 * are asked for often are fetched before their time is over; when nobody answers, what was last known is better
 * than nothing (RFC 8767). Bounded in bytes; what was not asked for longest goes first.
 */
export class ForwardCache implements Recursor {
  readonly #recursor: Recursor;
  readonly #most: number;
  readonly #staleMs: number;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #flights = new Map<string, Promise<Answer>>();
  /** Before it there is nothing: what is asked for goes to the end. */
  #oldest = this.#entries.entries();
  #bytes = 0;
  /** Questions. */
  requests = 0;
  /** Those that an answer which is still good was there for, by its kind. */
  readonly hitsByKind: Record<AnswerKind, number> = { success: 0, denial: 0 };
  misses = 0;
  stale = 0;
  prefetches = 0;
  /** Answers that went because there were too many bytes, by kind. */
  readonly evictionsByKind: Record<AnswerKind, number> = { success: 0, denial: 0 };
  /** Answers that are kept, by kind. */
  readonly entriesByKind: Record<AnswerKind, number> = { success: 0, denial: 0 };

  constructor(recursor: Recursor, options: ForwardCacheOptions) {
    this.#recursor = recursor;
    this.#most = options.bytes;
    this.#staleMs = (options.serveStale ?? 0) * 1_000;
    this.#clock = options.clock ?? systemClock;
  }

  get hits(): number {
    return this.hitsByKind.success + this.hitsByKind.denial;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async forward(question: Buffer): Promise<Answer> {
    this.requests += 1;
    const key = keyOf(question);
    const now = this.#clock.monotonic();
    const entry = this.#find(key, now);
    if (entry === undefined) return asAsked(question, await this.#fetched(key, question));
    if (entry.kept.until <= now) return asAsked(question, await this.#fetchedOrStale(key, question, entry));
    this.#hit(key, question, entry, now);
    return asAsked(question, freshCopy(entry.kept, now));
  }

  /** Others may answer by it until it has to be seen here again: to be fetched anew, or to count as asked for. */
  kept(question: Buffer): CopyableAnswer | undefined {
    const key = keyOf(question);
    const now = this.#clock.monotonic();
    const { kept } = this.#entries.get(key) ?? {};
    if (kept?.records === undefined || kept.until <= now) return undefined;
    this.requests += 1;
    this.#hit(key, question, this.#find(key, now) as Entry, now);
    const due = dueAt(kept);
    const until = Math.min(now < due ? due : kept.until, now + UNSEEN);
    return { kept, records: kept.records, until };
  }

  #hit(key: string, question: Buffer, entry: Entry, now: number): void {
    this.hitsByKind[entry.kept.kind] += 1;
    if (isDue(entry, now)) void this.#prefetch(key, question, entry);
  }

  /** What is found is asked for last of all that is kept; what is of no use any more goes. */
  #find(key: string, now: number): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#drop(key, entry);
    if (entry.kept.until + this.#staleMs <= now) return undefined;
    entry.asked += 1;
    this.#add(key, entry);
    return entry;
  }

  async #fetched(key: string, question: Buffer): Promise<Answer> {
    this.misses += 1;
    const { message, ...rest } = await this.#fetch(key, question);
    return { ...rest, message: Buffer.from(message) };
  }

  async #fetchedOrStale(key: string, question: Buffer, entry: Entry): Promise<Answer> {
    if (entry.recheck <= this.#clock.monotonic()) {
      const answer = await this.#inTime(this.#fetched(key, question));
      if (answer !== undefined && isConclusive(answer)) return answer;
      this.#failed(entry);
    }
    this.stale += 1;
    return staleCopy(entry.kept);
  }

  /** Undefined when there is no answer, or none that the client waits for. */
  async #inTime(fetched: Promise<Answer>): Promise<Answer | undefined> {
    const settled = new AbortController();
    const late = this.#clock.sleep(CLIENT_RESPONSE, settled.signal);
    try {
      return await Promise.race([fetched, late.then(() => undefined)]);
    } catch {
      return undefined;
    } finally {
      settled.abort();
      for (const one of [fetched, late]) one.catch(() => undefined);
    }
  }

  async #prefetch(key: string, question: Buffer, entry: Entry): Promise<void> {
    if (this.#flights.has(key)) return;
    this.prefetches += 1;
    const answer = await this.#fetch(key, question).catch(() => undefined);
    if (answer === undefined || !isConclusive(answer)) this.#failed(entry);
  }

  #failed(entry: Entry): void {
    entry.recheck = this.#clock.monotonic() + FAILURE_RECHECK;
  }

  #fetch(key: string, question: Buffer): Promise<Answer> {
    const underWay = this.#flights.get(key);
    if (underWay !== undefined) return underWay;
    const flight = this.#recursor.forward(question);
    this.#flights.set(key, flight);
    const landed = () => this.#flights.delete(key);
    // Whoever waits hears of a failure; nobody may be waiting any more.
    flight.then((answer) => landed() && this.#keep(key, answer), landed);
    return flight;
  }

  #keep(key: string, answer: Answer): void {
    const kept = keptAnswer(answer, this.#clock.monotonic());
    if (kept === undefined) return;
    const before = this.#entries.get(key);
    if (before !== undefined) this.#drop(key, before);
    this.#add(key, { kept, asked: 1, recheck: 0 });
    while (this.#bytes > this.#most) this.#evictOldest();
  }

  /** One iterator for all: a new one would have to step over whatever has gone before. */
  #evictOldest(): void {
    const { done, value } = this.#oldest.next();
    if (done === true) {
      this.#oldest = this.#entries.entries();
      return;
    }
    const [key, entry] = value;
    this.#drop(key, entry);
    this.evictionsByKind[entry.kept.kind] += 1;
  }

  /** A map keeps its order, so what was added last is the last to go. */
  #add(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#bytes += cost(key, entry);
    this.entriesByKind[entry.kept.kind] += 1;
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= cost(key, entry);
    this.entriesByKind[entry.kept.kind] -= 1;
  }
}

/** Hot, soon over, and not tried in vain just now. */
function isDue({ kept, asked, recheck }: Entry, now: number): boolean {
  return asked > 1 && recheck <= now && now >= dueAt(kept);
}

function dueAt({ since, until }: KeptAnswer): number {
  return until - (until - since) * PREFETCH_SHARE;
}

function cost(key: string, { kept }: Entry): number {
  return kept.answer.message.length + key.length + 8 * kept.ttls.length + OVERHEAD;
}

/** Equal for questions that have one answer: name whatever its case, type, class, RD, AD, CD, EDNS and DO. */
function keyOf(question: Buffer): string {
  const end = questionNameEnd(question);
  return `${question.readUInt16BE(2) & RD_AD_CD} ${question.toString('latin1', end)} ${lowerName(question)}`;
}

/** The question in the letters' case in which this client asked it, which has as many bytes. */
function asAsked(question: Buffer, answer: Answer): Answer {
  question.copy(answer.message, HEADER, HEADER, questionNameEnd(question));
  return answer;
}
