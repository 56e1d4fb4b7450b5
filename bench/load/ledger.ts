/** A question to ask again and again, and what tells that an answer to it is right. */
export interface Asked {
  /** A whole message with the id 0, in hexadecimal. */
  readonly message: string;
  /** The last bytes that its right answer has, in hexadecimal. */
  readonly rdata: string;
}

const IDS = 65_536;
const HEADER = 12;
/** Where the digits stand that make a name different from all others: behind the header and the label's length. */
const DIGITS_AT = HEADER + 1;
const DIGITS = 8;
const HEX = Buffer.from('0123456789abcdef');

/** What one socket has asked and hears: which question has which id, since when, and which answers are right. */
export class Ledger {
  readonly #messages: readonly Buffer[];
  readonly #rdata: readonly Buffer[];
  readonly #distinct: boolean;
  readonly #asked = new Int32Array(IDS).fill(-1);
  readonly #numbers = new Uint32Array(IDS);
  readonly #since = new Float64Array(IDS);
  #id = 0;
  #next: number;
  #number = Math.floor(Math.random() * 2 ** 32);
  underWay = 0;
  answers = 0;
  wrong = 0;
  lost = 0;
  /** Milliseconds of the last answer. */
  took = 0;

  /** @param distinct true: the first eight letters of each question's name are replaced by digits not used before */
  constructor(questions: readonly Asked[], distinct: boolean) {
    this.#messages = questions.map(({ message }) => Buffer.from(message, 'hex'));
    this.#rdata = questions.map(({ rdata }) => Buffer.from(rdata, 'hex'));
    this.#distinct = distinct;
    this.#next = Math.floor(Math.random() * this.#messages.length);
  }

  /** Writes the question that comes `ahead` questions after the last one that was sent. @returns its length */
  write(ahead: number, into: Buffer, offset: number, now: number): number {
    const id = (this.#id + ahead) % IDS;
    this.#next = (this.#next + 7_919) % this.#messages.length;
    const message = this.#messages[this.#next] as Buffer;
    into.set(message, offset);
    into.writeUInt16BE(id, offset);
    if (this.#distinct) this.#number = writeDigits(this.#number + 1, into, offset + DIGITS_AT);
    this.#asked[id] = this.#next;
    this.#numbers[id] = this.#number;
    this.#since[id] = now;
    return message.length;
  }

  sent(count: number): void {
    this.#id = (this.#id + count) % IDS;
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

  #isRight(answer: Buffer, offset: number, length: number, question: number, id: number): boolean {
    const rdata = this.#rdata[question] as Buffer;
    const at = offset + (this.#messages[question] as Buffer).length + HEADER;
    return (
      (answer.readUInt16BE(offset + 2) & 0x800f) === 0x8000 &&
      at + rdata.length <= offset + length &&
      answer.compare(rdata, 0, rdata.length, at, at + rdata.length) === 0 &&
      (!this.#distinct || hasDigits(this.#numbers[id] as number, answer, offset + DIGITS_AT))
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
