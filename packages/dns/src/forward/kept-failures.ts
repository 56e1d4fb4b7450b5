import type { Clock } from '@callsign/daemon';
import { INFO_CODE } from '../edns/extended-error.ts';
import type { Answer } from './answer.ts';
import type { ForwardedQuestion } from './forwarded-question.ts';
import type { Asker } from './recursor.ts';
import type { Siblings } from './siblings.ts';

/**
 * Milliseconds for which nobody is asked again what has come to nothing. RFC 9520, 3.2 wants from one second to five
 * minutes; this is what clients wait before they try again, and nobody who mends an upstream should wait for longer.
 */
const KEPT_FOR = 5_000;
/** Bytes that either half may take, about. */
const HALF = 1 << 19;
/** What a failure takes besides its key and what was said, about. */
const OVERHEAD = 300;
/** RFC 8914, 4.14. */
const CACHED = { code: INFO_CODE.CACHED_ERROR, text: 'upstreams said so a moment ago' };

interface KeptFailure {
  readonly until: number;
  /** What siblings are told of it by. */
  readonly hash: number | undefined;
  readonly tell: (asker: Asker) => void;
}

/**
 * Questions that have just come to nothing, with what was told of them, so that upstreams in trouble are not asked by
 * every client anew (RFC 9520). When half of them take too much, the older half goes.
 */
export class KeptFailures {
  readonly #clock: Clock;
  readonly #siblings: Siblings | undefined;
  #newer = new Map<string, KeptFailure>();
  #older = new Map<string, KeptFailure>();
  /** Of the newer half. */
  #bytes = 0;
  /** Questions that were answered by one. */
  repeated = 0;

  /** @param siblings told of what is kept, for they must not ask it either */
  constructor(clock: Clock, siblings?: Siblings) {
    this.#clock = clock;
    this.#siblings = siblings;
  }

  /** @returns true when nobody is to be asked: the asker is told what others were */
  tell(question: ForwardedQuestion, asker: Asker): boolean {
    const kept = this.#find(question.key);
    if (kept === undefined) return false;
    this.repeated += 1;
    queueMicrotask(() => kept.tell(asker));
    return true;
  }

  /** @param answer an error, which says why by itself or not at all */
  keepAnswer(question: ForwardedQuestion, answer: Answer): void {
    // A small answer must not hold the large buffer that it was read into.
    const again = { message: Buffer.from(answer.message), reason: CACHED };
    this.#keep(question, again.message.length, (asker) => asker.answered(again));
  }

  keepError(question: ForwardedQuestion, error: unknown): void {
    this.#keep(question, 0, (asker) => asker.failed(error));
  }

  /** What failed may well succeed now. */
  clear(): void {
    this.#turn();
    this.#turn();
  }

  #find(key: string): KeptFailure | undefined {
    const kept = this.#newer.get(key) ?? this.#older.get(key);
    if (kept === undefined || kept.until > this.#clock.monotonic()) return kept;
    this.#drop(key, kept);
    return undefined;
  }

  #keep(question: ForwardedQuestion, bytes: number, tell: KeptFailure['tell']): void {
    const { key } = question;
    const before = this.#find(key);
    if (before !== undefined) this.#drop(key, before);
    const hash = this.#siblings?.hashOf(question);
    if (hash !== undefined) this.#siblings?.claim(hash);
    this.#newer.set(key, { until: this.#clock.monotonic() + KEPT_FOR, hash, tell });
    this.#bytes += bytes + key.length + OVERHEAD;
    if (this.#bytes > HALF) this.#turn();
  }

  #turn(): void {
    for (const kept of this.#older.values()) this.#release(kept);
    this.#older = this.#newer;
    this.#newer = new Map();
    this.#bytes = 0;
  }

  #drop(key: string, kept: KeptFailure): void {
    this.#newer.delete(key);
    this.#older.delete(key);
    this.#release(kept);
  }

  #release({ hash }: KeptFailure): void {
    if (hash !== undefined) this.#siblings?.release(hash);
  }
}
