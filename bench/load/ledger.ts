import type { Questions } from './questions.ts';

const IDS = 65_536;
const HEADER = 12;
/** Where the digits stand that make a name different from all others: behind the header and the label's length. */
const DIGITS_AT = HEADER + 1;
const DIGITS = 8;
const HEX = Buffer.from('0123456789abcdef');

/** A prime: with it no question is asked twice before all have been asked. */
const STRIDE = 7_919;

/** Which questions are asked: any of them at random, unless told otherwise. */
export interface Choice {
  /** True: the first eight letters of each question's name are replaced by digits not used before. */
  readonly distinct?: boolean;
  /** True: each question once; meant for one socket. */
  readonly once?: boolean;
  /** Only this many questions, the first ones. */
  readonly among?: number;
}

/** What one socket has asked and hears: which question has which id, since when, and which answers are right. */
export class Ledger {
  readonly #questions: Questions;
  readonly #how: Choice;
  readonly #asked = new Int32Array(IDS).fill(-1);
  readonly #numbers = new Uint32Array(IDS);
  readonly #since = new Float64Array(IDS);
  #id = 0;
  #sent = 0;
  #number = Math.floor(Math.random() * 2 ** 32);
  underWay = 0;
  answers = 0;
  wrong = 0;
  lost = 0;
  /** Milliseconds of the last answer. */
  took = 0;

  constructor(questions: Questions, how: Choice) {
    this.#questions = questions;
    this.#how = how;
  }

  /** How many questions may still be asked. */
  get left(): number {
    return this.#how.once === true ? this.#questions.count - this.#sent : Number.POSITIVE_INFINITY;
  }

  /** Writes the question that comes `ahead` questions after the last one that was sent. @returns its length */
  write(ahead: number, into: Buffer, offset: number, now: number): number {
    const id = (this.#id + ahead) % IDS;
    const question = this.#choose(ahead);
    const length = this.#questions.write(question, into, offset);
    into.writeUInt16BE(id, offset);
    if (this.#how.distinct === true) this.#number = writeDigits(this.#number + 1, into, offset + DIGITS_AT);
    this.#asked[id] = question;
    this.#numbers[id] = this.#number;
    this.#since[id] = now;
    return length;
  }

  sent(count: number): void {
    this.#id = (this.#id + count) % IDS;
    this.#sent += count;
    this.underWay += count;
  }

  /**
   * Looks at an answer: right are our question's id and name, a reply, NOERROR, and the rdata behind the first
   * record's fixed part. @returns false for what answers nothing that is under way
   */
  hear(answer: Buffer, offset: number, length: number, now: number): boolean {
    const id = answer.readUInt16BE(offset);
    const question = this.#asked[id] as number;
    if (question < 0) return false;
    this.#asked[id] = -1;
    this.underWay -= 1;
    this.answers += 1;
    this.took = now - (this.#since[id] as number);
    if (!this.#isRight(answer, offset, length, question, id)) this.wrong += 1;
    return true;
  }

  /** What has not been answered yet never will be. */
  giveUp(): void {
    this.lost += this.underWay;
    this.underWay = 0;
    this.#asked.fill(-1);
  }

  #choose(ahead: number): number {
    const { count } = this.#questions;
    if (this.#how.once === true) return ((this.#sent + ahead) * STRIDE) % count;
    return Math.floor(Math.random() * Math.min(count, this.#how.among ?? count));
  }

  #isRight(answer: Buffer, offset: number, length: number, question: number, id: number): boolean {
    return (
      this.#questions.isAnswered(question, answer, offset, length) &&
      (this.#how.distinct !== true || hasDigits(this.#numbers[id] as number, answer, offset + DIGITS_AT))
    );
  }
}

/** @returns the number as it was written, 32 bits */
function writeDigits(number: number, into: Buffer, at: number): number {
  for (let digit = 0; digit < DIGITS; digit += 1) into[at + digit] = digitOf(number, digit);
  return number >>> 0;
}

function hasDigits(number: number, answer: Buffer, at: number): boolean {
  for (let digit = 0; digit < DIGITS; digit += 1) {
    if (answer[at + digit] !== digitOf(number, digit)) return false;
  }
  return true;
}

function digitOf(number: number, digit: number): number {
  return HEX[(number >>> (4 * digit)) & 15] as number;
}
