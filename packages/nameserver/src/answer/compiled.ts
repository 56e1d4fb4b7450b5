import {
  closeWithOpt,
  FLAG,
  optRoom,
  type Query,
  RCODE,
  RecordEncoder,
  type ResourceRecord,
  writeHeader,
  writeQuestion,
} from '@callsign/dns';
import type { Anchor, Outcome, Records } from '../zone/outcome.ts';

/** Outcomes that are whole answers by themselves. */
export type Answerable = Extract<Outcome, { kind: 'hit' | 'nodata' | 'nxdomain' | 'cname' | 'referral' }>;

/** Bytes from the end of a SOA record back to its serial: serial, refresh, retry, expire, minimum. */
const SERIAL_FROM_END = 20;

/**
 * A finished answer: the bytes of its records, made once for one question and copied for every client that asks
 * it. The records stand in the order answer, authority, additional, and none depends on where it stands
 * (RecordEncoder), so that a copy can begin its RRset with another record and leave out what does not fit.
 *
 *     records   | CNAME | A1 | A2 | A3 | SOA | ... |
 *     ends              ^    ^    ^    ^     ^
 *     turning           `---- these take turns ---'
 */
export class CompiledAnswer {
  readonly #rcode: number;
  /** Those that this answer may have. */
  readonly #flags: number;
  readonly #records: Buffer;
  /** Where each record ends in `#records`. */
  readonly #ends: readonly number[];
  readonly #answers: number;
  readonly #authorities: number;
  /** The first record of the answer's last RRset, whose order turns. */
  readonly #turning: number;
  /** Index behind the last record of each RRset in the additional section. */
  readonly #additionalSets: readonly number[];
  readonly #serialAt: number;
  readonly #anchor: Anchor;
  readonly #version: number;
  #turn = 0;

  constructor(outcome: Answerable, labels: readonly string[]) {
    const { answer } = outcome;
    const authority = authorityOf(outcome);
    const additional = 'additional' in outcome ? outcome.additional : [];
    const encoder = new RecordEncoder(labels);
    const encoded = [...answer, ...authority, ...additional].map((record) => encoder.encode(record));
    this.#rcode = outcome.kind === 'nxdomain' ? RCODE.NXDOMAIN : RCODE.NOERROR;
    this.#records = Buffer.concat(encoded);
    this.#ends = runningSum(encoded.map((bytes) => bytes.length));
    this.#answers = answer.length;
    this.#authorities = authority.length;
    this.#turning = lastSet(answer);
    this.#additionalSets = setEnds(additional, answer.length + authority.length);
    // Aliases that lead to a delegation are still told with authority (RFC 1034, 4.3.2).
    this.#flags = outcome.kind === 'referral' && answer.length === 0 ? ~FLAG.AA : ~0;
    const serial = !('ownSerial' in outcome);
    this.#serialAt = serial ? serialOffset([...answer, ...authority], this.#ends) : -1;
    this.#anchor = outcome.anchor;
    this.#version = outcome.anchor.version;
  }

  /** True as long as nothing that it was made from has changed. */
  get current(): boolean {
    return this.#anchor.version === this.#version;
  }

  /**
   * Writes the reply to one client.
   * @param flags what the header has besides the rcode: AA, RA
   * @param limit most bytes that it may have; an answer that is cut for it says so with TC, unless `stream`:
   *   over a stream there is nowhere else to go for the rest
   * @param serial the SOA's serial now
   * @returns its length
   */
  write(into: Buffer, query: Query, flags: number, limit: number, stream: boolean, serial: number): number {
    const start = query.end;
    const room = limit - start - optRoom(query);
    const whole = this.#records.length <= room;
    const answers = whole ? this.#answers : this.#fitting(room);
    const complete = answers === this.#answers;
    const count = whole ? this.#ends.length : complete ? this.#fittingWhole(room) : answers;
    const truncated = !stream && count < this.#answers + this.#authorities;
    writeHeader(into, query, this.#rcode, (flags & this.#flags) | (truncated ? FLAG.TC : 0));
    writeQuestion(into, query);
    const end = this.#copy(into, start, answers, count);
    if (this.#serialAt >= 0 && count >= this.#answers + this.#authorities) {
      into.writeUInt32BE(serial, start + this.#serialAt);
    }
    this.#writeCounts(into, answers, count);
    return query.edns ? closeWithOpt(into, end, query, this.#rcode) : end;
  }

  #writeCounts(into: Buffer, answers: number, count: number): void {
    const authorities = Math.min(this.#authorities, count - answers);
    into.writeUInt16BE(answers, 6);
    into.writeUInt16BE(authorities, 8);
    into.writeUInt16BE(count - answers - authorities, 10);
  }

  /** Copies the first `count` records, the turning ones from this turn's on. */
  #copy(into: Buffer, start: number, answers: number, count: number): number {
    const turns = this.#answers - this.#turning;
    if (turns < 2) return start + this.#records.copy(into, start, 0, this.#endOf(count));
    const first = this.#turning + (this.#turn % turns);
    this.#turn = (this.#turn + 1) % turns;
    const tail = Math.min(this.#answers, first + answers - this.#turning);
    const left = answers - this.#turning - (tail - first);
    let at = start + this.#records.copy(into, start, 0, this.#endOf(this.#turning));
    at += this.#records.copy(into, at, this.#endOf(first), this.#endOf(tail));
    at += this.#records.copy(into, at, this.#endOf(this.#turning), this.#endOf(this.#turning + left));
    if (answers < this.#answers) return at;
    return at + this.#records.copy(into, at, this.#endOf(this.#answers), this.#endOf(count));
  }

  /** How many records of the answer section fit, whichever the turn begins with. */
  #fitting(room: number): number {
    if (this.#endOf(this.#answers) <= room) return this.#answers;
    const fixed = this.#endOf(this.#turning);
    if (fixed > room) return 0;
    return this.#turning + Math.floor((room - fixed) / this.#largestTurning());
  }

  #largestTurning(): number {
    let largest = 1;
    for (let at = this.#turning; at < this.#answers; at += 1) {
      largest = Math.max(largest, this.#endOf(at + 1) - this.#endOf(at));
    }
    return largest;
  }

  /** How many records fit when the additional section may only lose whole RRsets (RFC 2181, 9). */
  #fittingWhole(room: number): number {
    const needed = this.#answers + this.#authorities;
    if (this.#endOf(needed) > room) return this.#answers;
    return this.#additionalSets.findLast((end) => this.#endOf(end) <= room) ?? needed;
  }

  #endOf(count: number): number {
    return count === 0 ? 0 : (this.#ends[count - 1] as number);
  }
}

function authorityOf(outcome: Answerable): Records {
  if (outcome.kind === 'referral') return outcome.authority;
  return 'soa' in outcome ? [outcome.soa] : [];
}

function runningSum(sizes: readonly number[]): number[] {
  let sum = 0;
  return sizes.map((size) => {
    sum += size;
    return sum;
  });
}

function sameSet(a: ResourceRecord | undefined, b: ResourceRecord | undefined): boolean {
  return a?.name === b?.name && a?.type === b?.type;
}

/** Where the last RRset of the answer begins: what stands before it is the way there. */
function lastSet(answer: readonly ResourceRecord[]): number {
  return answer.findLastIndex((record) => !sameSet(record, answer.at(-1))) + 1;
}

function setEnds(records: readonly ResourceRecord[], before: number): number[] {
  return records.flatMap((record, at) => (sameSet(record, records[at + 1]) ? [] : [before + at + 1]));
}

function serialOffset(records: readonly ResourceRecord[], ends: readonly number[]): number {
  const at = records.findIndex(({ type }) => type === 'SOA');
  return at < 0 ? -1 : (ends[at] as number) - SERIAL_FROM_END;
}
