import { type Clock, systemClock } from '@callsign/daemon';
import type { Answer } from './answer.ts';
import { Fetch } from './fetch.ts';
import type { ForwardedQuestion } from './forwarded-question.ts';
import { type AnswerKind, freshCopy, type KeptAnswer, keptAnswer, staleCopy } from './kept-answer.ts';
import { Patient } from './patient.ts';
import type { Asker, CopyableAnswer, Recursor } from './recursor.ts';
import type { Siblings } from './siblings.ts';
import { isConclusive } from './upstream-answer.ts';
import { UpstreamError } from './upstream-error.ts';

export interface ForwardCacheOptions {
  /** Bytes that answers may take; 0 keeps none, and still asks once for many. */
  readonly bytes: number;
  /** Seconds for which an answer may be given after its time, when there is no other; 0: never. */
  readonly serveStale?: number;
  /** Absent: nobody else asks. */
  readonly siblings?: Siblings | undefined;
  readonly clock?: Clock;
}

/** An answer's place. What changes is how often it was asked for, and when it is worth trying to replace it. */
interface Entry {
  readonly kept: KeptAnswer;
  /** What siblings are told of it by. */
  readonly hash: number | undefined;
  asked: number;
  /** Until then nobody is asked again, for it has just been in vain (RFC 8767, 5: failure recheck timer). */
  recheck: number;
}

/** What an entry costs besides its answer, about: key, offsets, the map's own. */
const OVERHEAD = 250;
const FAILURE_RECHECK = 30_000;
/** The last part of its time in which an answer that is asked for again is fetched anew. */
const PREFETCH_SHARE = 0.1;
/**
 * Milliseconds for which threads may repeat an answer before it has to be asked for here again, and so counts as
 * used.
 */
const REPEATED_MS = 16_000;

/** Milliseconds by which wall time may leap ahead of the clock that answers are timed by. */
const LEAP = 10_000;
/** Askers that wait for what others have asked, at most: a flood of one question must not fill the memory. */
const MOST_JOINED = 10_000;
/** One object for all, because it is needed in a flood. */
const TOO_MANY = new UpstreamError('busy', 'too many wait for what is under way');

/**
 * Answers again what upstreams answered before, and asks them once for what many ask at the same time. Names that
 * are asked for often are fetched before their time is over; when nobody answers, what was last known is better
 * than nothing (RFC 8767). Bounded in bytes; what was not asked for longest goes first.
 */
export class ForwardCache implements Recursor {
  readonly #recursor: Recursor;
  readonly #most: number;
  readonly #staleMs: number;
  readonly #siblings: Siblings | undefined;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #fetches = new Map<string, Fetch>();
  /** Goes through the entries from the oldest on: what is asked for moves to the end of the map. */
  #oldest = this.#entries.keys();
  #bytes = 0;
  /** Those who wait for what somebody else has asked. */
  #joined = 0;
  /** By how much wall time was ahead of the clock that stands still while the machine sleeps. */
  #ahead: number;
  /** The age of what siblings got before this is unknown: the machine has slept since. */
  #awakeSince = Number.NEGATIVE_INFINITY;
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
    this.#siblings = options.siblings;
    this.#clock = options.clock ?? systemClock;
    this.#ahead = this.#clock.now() - this.#clock.monotonic();
  }

  get hits(): number {
    return this.hitsByKind.success + this.hitsByKind.denial;
  }

  get bytes(): number {
    return this.#bytes;
  }

  ask(question: ForwardedQuestion, asker: Asker): void {
    this.requests += 1;
    const now = this.#timeNow();
    const entry = this.#find(question, now);
    if (entry === undefined) this.#fetch(question, asker);
    else if (entry.kept.until <= now) this.#fetchOrStale(question, entry, asker);
    else {
      this.#hit(question, entry, now);
      queueMicrotask(() => asker.answered(freshCopy(entry.kept, now)));
    }
  }

  /** Threads may repeat it until it has to be asked for here again: to be fetched anew, or to count as used. */
  kept(question: ForwardedQuestion): CopyableAnswer | undefined {
    const now = this.#timeNow();
    const { kept } = this.#entryOf(question) ?? {};
    if (kept === undefined || kept.until <= now) return undefined;
    const { records } = kept;
    if (records === undefined) return undefined;
    this.requests += 1;
    this.#hit(question, this.#find(question, now) as Entry, now);
    const due = dueAt(kept);
    const until = Math.min(now < due ? due : kept.until, now + REPEATED_MS);
    return { kept, records, until };
  }

  /** Monotonic milliseconds. Where the machine has slept meanwhile, answers are older than these tell: they go. */
  #timeNow(): number {
    const now = this.#clock.monotonic();
    const ahead = this.#clock.now() - now;
    if (ahead - this.#ahead > LEAP) {
      for (const [key, entry] of this.#entries) this.#forget(key, entry);
      this.#awakeSince = now;
    }
    this.#ahead = ahead;
    return now;
  }

  #hit(question: ForwardedQuestion, entry: Entry, now: number): void {
    this.hitsByKind[entry.kept.kind] += 1;
    if (isDue(entry, now)) this.#prefetch(question, entry);
  }

  /** Moves what it finds to the end of the map, and removes what is too old even to be given stale. */
  #find(question: ForwardedQuestion, now: number): Entry | undefined {
    const { key } = question;
    const entry = this.#entryOf(question);
    if (entry === undefined) return undefined;
    this.#drop(key, entry);
    if (entry.kept.until + this.#staleMs <= now) {
      this.#release(entry.hash);
      return undefined;
    }
    entry.asked += 1;
    this.#add(key, entry);
    return entry;
  }

  /** An answer that a sibling has is kept here once it is asked for here. */
  #entryOf(question: ForwardedQuestion): Entry | undefined {
    const entry = this.#entries.get(question.key);
    if (entry !== undefined) return entry;
    const answer = this.#siblings?.answerTo(question);
    if (answer === undefined || answer.since < this.#awakeSince) return undefined;
    this.#keep(question, { message: answer.message }, answer.since);
    return this.#entries.get(question.key);
  }

  #fetch(question: ForwardedQuestion, asker: Asker): void {
    this.misses += 1;
    this.#fetchFor(question, asker);
  }

  #fetchOrStale(question: ForwardedQuestion, entry: Entry, asker: Asker): void {
    const lastKnown = () => this.#stale(entry);
    if (entry.recheck > this.#clock.monotonic()) {
      queueMicrotask(() => asker.answered(lastKnown()));
      return;
    }
    const patient = new Patient(asker, lastKnown, () => this.#failed(entry));
    void patient.wait(this.#clock);
    this.#fetch(question, patient);
  }

  #stale({ kept }: Entry): Answer {
    this.stale += 1;
    return staleCopy(kept);
  }

  #prefetch(question: ForwardedQuestion, entry: Entry): void {
    if (this.#fetches.has(question.key)) return;
    this.prefetches += 1;
    const failed = () => this.#failed(entry);
    this.#fetchFor(question, {
      answered: (answer) => {
        if (!isConclusive(answer)) failed();
      },
      failed,
    });
  }

  #failed(entry: Entry): void {
    entry.recheck = this.#clock.monotonic() + FAILURE_RECHECK;
  }

  /** Asks, unless somebody else has just done so and waits for the same answer. */
  #fetchFor(question: ForwardedQuestion, asker: Asker): void {
    const { key } = question;
    const underWay = this.#fetches.get(key);
    if (underWay !== undefined) {
      this.#join(underWay, asker);
      return;
    }
    const hash = this.#claim(question);
    const fetch = new Fetch(asker, (answer) => {
      this.#fetches.delete(key);
      this.#joined -= fetch.joined;
      if (answer !== undefined) this.#keep(question, answer, this.#clock.monotonic());
      this.#release(hash);
    });
    this.#fetches.set(key, fetch);
    this.#recursor.ask(question, fetch);
  }

  #join(underWay: Fetch, asker: Asker): void {
    if (this.#joined === MOST_JOINED) {
      queueMicrotask(() => asker.failed(TOO_MANY));
      return;
    }
    this.#joined += 1;
    underWay.join(asker);
  }

  #keep(question: ForwardedQuestion, answer: Answer, since: number): void {
    const { key } = question;
    const kept = keptAnswer(answer, since);
    if (kept === undefined) return;
    const before = this.#entries.get(key);
    if (before !== undefined) this.#forget(key, before);
    this.#add(key, { kept, hash: this.#claim(question), asked: 1, recheck: 0 });
    while (this.#bytes > this.#most) this.#evictOldest();
  }

  #claim(question: ForwardedQuestion): number | undefined {
    const hash = this.#siblings?.hashOf(question);
    if (hash !== undefined) this.#siblings?.claim(hash);
    return hash;
  }

  #release(hash: number | undefined): void {
    if (hash !== undefined) this.#siblings?.release(hash);
  }

  /** One iterator for all: a new one would have to step over whatever has gone before. */
  #evictOldest(): void {
    const { done, value: key } = this.#oldest.next();
    if (done === true) {
      this.#oldest = this.#entries.keys();
      return;
    }
    const entry = this.#entries.get(key) as Entry;
    this.#forget(key, entry);
    this.evictionsByKind[entry.kept.kind] += 1;
  }

  /** A map keeps its order, so what was added last is the last to go. */
  #add(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#bytes += cost(key, entry);
    this.entriesByKind[entry.kept.kind] += 1;
  }

  #forget(key: string, entry: Entry): void {
    this.#drop(key, entry);
    this.#release(entry.hash);
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
  return kept.bytes + key.length + OVERHEAD;
}
