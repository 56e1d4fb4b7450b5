import { type Clock, systemClock } from '@callsign/daemon';
import { FLAG, HEADER, RCODE, TYPE } from './constants.ts';
import { inspectMessage } from './inspect.ts';
import { questionNameEnd } from './question.ts';
import type { Recursor } from './recursor.ts';

/** One upstream answer, as it came, and how long it may be given again. */
interface Kept {
  readonly answer: Buffer;
  /** Where the TTL of each record stands, OPT's apart. */
  readonly ttls: readonly number[];
  /** Milliseconds on the monotonic clock. */
  readonly since: number;
  readonly until: number;
}

/** What an entry costs besides its answer, about: key, offsets, the map's own. */
const OVERHEAD = 200;
/** No answer is kept for longer, whatever its TTL says (RFC 8767, 4 speaks of a day to a week). */
const LONGEST_TTL = 86_400;
const RD_AD_CD = FLAG.RD | FLAG.AD | FLAG.CD;

/**
 * Answers again what upstreams answered before, and asks them once for what many ask at the same time. Bounded in
 * bytes; what was not asked for longest goes first.
 */
export class ForwardCache implements Recursor {
  readonly #recursor: Recursor;
  readonly #most: number;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  readonly #asked = new Map<string, Promise<Buffer>>();
  #bytes = 0;
  hits = 0;
  misses = 0;

  /** @param most bytes that answers may take; 0 keeps none, and still asks once for many */
  constructor(recursor: Recursor, most: number, clock: Clock = systemClock) {
    this.#recursor = recursor;
    this.#most = most;
    this.#clock = clock;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The answer belongs to the caller, who may write into it. */
  async forward(question: Buffer): Promise<Buffer> {
    const key = keyOf(question);
    const kept = this.#fresh(key);
    if (kept !== undefined) {
      this.hits += 1;
      return asAsked(question, this.#aged(kept));
    }
    this.misses += 1;
    const answer = this.#asked.get(key) ?? this.#ask(key, question);
    return asAsked(question, Buffer.from(await answer));
  }

  #ask(key: string, question: Buffer): Promise<Buffer> {
    const answer = this.#recursor.forward(Buffer.from(question)).finally(() => this.#asked.delete(key));
    this.#asked.set(key, answer);
    // Whoever waits hears of a failure; nobody may be waiting any more.
    answer.then(
      (bytes) => this.#keep(key, bytes),
      () => undefined,
    );
    return answer;
  }

  #fresh(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#drop(key, kept);
    if (kept.until <= this.#clock.monotonic()) return undefined;
    this.#add(key, kept);
    return kept;
  }

  #keep(key: string, answer: Buffer): void {
    const lifetime = lifetimeOf(answer);
    if (lifetime === undefined || lifetime.seconds === 0) return;
    const since = this.#clock.monotonic();
    const kept = {
      answer: Buffer.from(answer),
      ttls: lifetime.ttls,
      since,
      until: since + lifetime.seconds * 1_000,
    };
    const before = this.#kept.get(key);
    if (before !== undefined) this.#drop(key, before);
    this.#add(key, kept);
    for (const [oldest, entry] of this.#kept) {
      if (this.#bytes <= this.#most) break;
      this.#drop(oldest, entry);
    }
  }

  /** A map keeps its order, so what was added last is asked last for its place. */
  #add(key: string, kept: Kept): void {
    this.#kept.set(key, kept);
    this.#bytes += cost(key, kept);
  }

  #drop(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#bytes -= cost(key, kept);
  }

  /** A copy whose TTLs are what is left of them. */
  #aged({ answer, ttls, since }: Kept): Buffer {
    const copy = Buffer.from(answer);
    const age = Math.floor((this.#clock.monotonic() - since) / 1_000);
    for (const at of ttls) copy.writeUInt32BE(Math.max(0, copy.readUInt32BE(at) - age), at);
    return copy;
  }
}

function cost(key: string, { answer, ttls }: Kept): number {
  return answer.length + key.length + 8 * ttls.length + OVERHEAD;
}

/** Equal for questions that have one answer: name whatever its case, type, class, RD, AD, CD, EDNS and DO. */
function keyOf(question: Buffer): string {
  const end = questionNameEnd(question);
  const name = question.toString('latin1', HEADER, end).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return `${question.readUInt16BE(2) & RD_AD_CD} ${question.toString('latin1', end)} ${name}`;
}

/** The question in the letters' case in which this client asked it, which has as many bytes. */
function asAsked(question: Buffer, answer: Buffer): Buffer {
  question.copy(answer, HEADER, HEADER, questionNameEnd(question));
  return answer;
}

/**
 * How long an answer may be kept: the smallest TTL of its records; without an answer the SOA's, by RFC 2308, 5.
 * Undefined for what must not be kept: failures, what is cut, what cannot be read, NODATA without a SOA.
 */
function lifetimeOf(
  bytes: Buffer,
): { readonly seconds: number; readonly ttls: readonly number[] } | undefined {
  const flags = bytes.readUInt16BE(2);
  const rcode = flags & 15;
  const inspected = inspectMessage(bytes);
  if (inspected.fault !== undefined || (flags & FLAG.TC) !== 0) return undefined;
  if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) return undefined;
  const data = inspected.types.filter((at) => bytes.readUInt16BE(at) !== TYPE.OPT);
  const soa = data.find((at) => bytes.readUInt16BE(at) === TYPE.SOA);
  const negative = rcode === RCODE.NXDOMAIN || bytes.readUInt16BE(6) === 0;
  if (negative && soa === undefined) return undefined;
  const ttls = data.map((at) => at + 4);
  const all = ttls.map((at) => bytes.readUInt32BE(at)).map((ttl) => (ttl >= 2 ** 31 ? 0 : ttl)); // RFC 2181, 8
  const seconds = Math.min(LONGEST_TTL, ...all, negative ? soaMinimum(bytes, soa as number) : LONGEST_TTL);
  return { seconds, ttls };
}

/** The last field of a SOA's rdata; `at` is where the record's type stands. */
function soaMinimum(bytes: Buffer, at: number): number {
  const rdata = at + 10;
  return bytes.readUInt32BE(rdata + bytes.readUInt16BE(at + 8) - 4);
}
