import { WORD } from './answer-bytes.ts';
import { Stamps } from './stamps.ts';

/** A question as the table knows it: see Query. */
export interface QuestionKey {
  /** The key's bytes as words; the last one is filled up with zeros. */
  readonly keyWords: Int32Array;
  /** Bytes. */
  readonly keyLength: number;
  /** 32 bits. */
  readonly hash: number;
}

/** All that a table is made of: to be handed to other threads. */
export interface TableMemory {
  readonly slab: SharedArrayBuffer;
  readonly index: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  readonly stamps: SharedArrayBuffer;
}

/** Words of the control block. Behind them: one word for each reader. */
const YOUNG = 0;
const RETIRED = 1;
const SERIAL = 2;
const SECONDS = 3;
const READERS = 4;
const FIRST_READER = 5;
const MOST_READERS = 123;

/** The larger an answer, the more of the others it would push out. */
const LARGEST_SHARE = 16;
/** Of a half's places in the index, how many may be taken: beyond, looking up takes long. */
const FULL = 0.75;
/** Bytes of an answer, about: how many places the index has for a slab. */
const USUAL_ANSWER = 96;
const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;
/** Bytes of a place in the index: where the answer begins, and the hash of its question. */
const PLACE = 8;

/**
 * Finished answers in shared memory, found by their questions' bytes: written by one thread, read by all without a
 * lock, and no object for the garbage collector to look at.
 *
 * The memory has two halves. Answers go into the young one; when that is full it becomes the old one, the old one's
 * answers are evicted, and its place is the new young half. So a flood of questions that nobody asks twice costs no
 * more than the table's room. What is evicted may be in some reader's hands: its bytes are used again only after
 * every reader has been seen between two questions.
 */
export class AnswerTable {
  readonly memory: TableMemory;
  readonly stamps: Stamps;
  readonly #words: Int32Array;
  readonly #index: Int32Array;
  readonly #control: Int32Array;
  /** Words of one half of the slab, and places of one half of the index. */
  readonly #half: number;
  readonly #places: number;
  /** Words of a half that may be used. */
  #room: number;
  readonly #used = [0, 0];
  readonly #taken = [0, 0];
  /** Where each reader was when the old half was retired. */
  #grace: Int32Array | undefined;
  readonly #onEvict: ((hash: number) => void) | undefined;

  /** @param bytes how much memory the answers may take: rounded to a power of two */
  static create(bytes: number, stamps = new Stamps()): AnswerTable {
    const size = 2 ** Math.round(Math.log2(bytes));
    const places = 2 ** Math.ceil(Math.log2(size / USUAL_ANSWER));
    const memory = {
      slab: new SharedArrayBuffer(size),
      index: new SharedArrayBuffer(places * PLACE),
      control: new SharedArrayBuffer((FIRST_READER + MOST_READERS) * WORD_BYTES),
      stamps: stamps.memory,
    };
    return new AnswerTable(memory, stamps);
  }

  /**
   * The table in a memory that another thread has made: for reading alone, or for the one thread that writes.
   * @param onEvict told of each answer that is evicted, by the hash of its question
   */
  constructor(memory: TableMemory, stamps = new Stamps(memory.stamps), onEvict?: (hash: number) => void) {
    this.memory = memory;
    this.stamps = stamps;
    this.#onEvict = onEvict;
    this.#words = new Int32Array(memory.slab);
    this.#index = new Int32Array(memory.index);
    this.#control = new Int32Array(memory.control);
    this.#half = this.#words.length / 2;
    this.#room = this.#half;
    this.#places = this.#index.length / 4;
  }

  /** How many answers there are, outdated ones included. */
  get size(): number {
    return (this.#taken[0] as number) + (this.#taken[1] as number);
  }

  /** Bytes that they take. */
  get bytes(): number {
    return ((this.#used[0] as number) + (this.#used[1] as number)) * WORD_BYTES;
  }

  /** The serial of the zone that is served; 32 bits. */
  get serial(): number {
    return Atomics.load(this.#control, SERIAL) >>> 0;
  }

  set serial(serial: number) {
    Atomics.store(this.#control, SERIAL, serial | 0);
  }

  /** Uses so many bytes of its memory at most from now on; the system gives it no sooner than it is used. */
  useAtMost(bytes: number): void {
    this.#room = Math.min(this.#half, Math.floor(bytes / WORD_BYTES / 2));
  }

  /** The clock by which answers grow old: whole seconds, raised by the one thread that writes. */
  get seconds(): number {
    return Atomics.load(this.#control, SECONDS);
  }

  set seconds(seconds: number) {
    Atomics.store(this.#control, SECONDS, seconds);
  }

  /** A place for one more reading thread: what it has to say before and after each question. */
  addReader(): number {
    const reader = Atomics.add(this.#control, READERS, 1);
    if (reader >= MOST_READERS) throw new RangeError(`more than ${MOST_READERS} threads read one table`);
    return FIRST_READER + reader;
  }

  /** Tells the writer that this reader is between two questions, whatever became of it before. */
  rest(reader: number): void {
    Atomics.store(this.#control, reader, 0);
  }

  /** Tells the writer that this reader begins with a question, or is done with it. */
  turn(reader: number): void {
    Atomics.add(this.#control, reader, 1);
  }

  /** Where the answer to a question begins, in words of the slab; negative when there is none that is still true. */
  find(question: QuestionKey): number {
    const young = Atomics.load(this.#control, YOUNG);
    const at = this.#look(question, young);
    if (at >= 0) return this.#isTrue(at) ? at : -1;
    if (Atomics.load(this.#control, RETIRED) !== 0) return -1;
    const old = this.#look(question, 1 - young);
    return old >= 0 && this.#isTrue(old) ? old : -1;
  }

  /**
   * Keeps an answer for as long as its stamp has the version that it has now.
   * @param size of the answer, in words
   * @returns where it begins; negative when there is no room for it
   */
  add(question: QuestionKey, answer: Int32Array, stamp: number, size = answer.length): number {
    if (size > this.#room / LARGEST_SHARE || !this.#makeRoom(size)) return -1;
    const young = this.#control[YOUNG] as number;
    const at = young * this.#half + (this.#used[young] as number);
    if (size === answer.length) this.#words.set(answer, at);
    else for (let word = 0; word < size; word += 1) this.#words[at + word] = answer[word] as number;
    this.#words[at + WORD.STAMP] = stamp;
    this.#words[at + WORD.STAMPED] = this.stamps.version(stamp);
    this.#used[young] = (this.#used[young] as number) + size;
    this.#enter(question, young, at);
    return at;
  }

  /** Becomes the one that writes in place of a thread that is no more: all that it has left goes. */
  takeOver(): void {
    for (const half of [0, 1]) this.#evict(half);
    Atomics.store(this.#control, RETIRED, 0);
    const before = this.#readers();
    while (!this.#graceIsOver(before));
  }

  /** Which half of the memory an answer stands in: the answers of one go together. */
  halfOf(at: number): number {
    return at < this.#half ? 0 : 1;
  }

  /** True when an answer has some of more records. */
  isSample(at: number): boolean {
    return this.#words[at + WORD.TURNS] !== 0;
  }

  #isTrue(at: number): boolean {
    const words = this.#words;
    const turns = words[at + WORD.TURNS] as number;
    if (turns !== 0 && (words[at + WORD.TURN] as number) >= turns) return false;
    const until = words[at + WORD.UNTIL] as number;
    if (until !== 0 && this.seconds >= until) return false;
    return this.stamps.version(words[at + WORD.STAMP] as number) === words[at + WORD.STAMPED];
  }

  #look(question: QuestionKey, half: number): number {
    const mask = this.#places - 1;
    for (let place = question.hash & mask; ; place = (place + 1) & mask) {
      const entry = 2 * (half * this.#places + place);
      const at = Atomics.load(this.#index, entry) - 1;
      if (at < 0 || (this.#index[entry + 1] === question.hash && this.#isFor(question, at))) return at;
    }
  }

  #isFor({ keyWords, keyLength }: QuestionKey, at: number): boolean {
    const words = this.#words;
    if (words[at + WORD.KEY_LENGTH] !== keyLength) return false;
    const key = at + (words[at + WORD.KEY] as number);
    for (let left = (keyLength - 1) >> 2; left >= 0; left -= 1) {
      if (words[key + left] !== keyWords[left]) return false;
    }
    return true;
  }

  /** The bytes are written before their place is published: whoever finds the place finds them (Atomics order both). */
  #enter(question: QuestionKey, half: number, at: number): void {
    const mask = this.#places - 1;
    for (let place = question.hash & mask; ; place = (place + 1) & mask) {
      const entry = 2 * (half * this.#places + place);
      const there = Atomics.load(this.#index, entry) - 1;
      if (there >= 0 && !(this.#index[entry + 1] === question.hash && this.#isFor(question, there))) continue;
      this.#index[entry + 1] = question.hash;
      Atomics.store(this.#index, entry, at + 1);
      if (there < 0) this.#taken[half] = (this.#taken[half] as number) + 1;
      else this.#onEvict?.(question.hash);
      return;
    }
  }

  #makeRoom(words: number): boolean {
    const young = this.#control[YOUNG] as number;
    const fits = (this.#used[young] as number) + words <= this.#room;
    if (fits && (this.#taken[young] as number) < FULL * this.#places) return true;
    return this.#swap(1 - young);
  }

  /** @returns false as long as a reader may still be reading in the half that is to be used again */
  #swap(old: number): boolean {
    if (this.#grace === undefined) {
      Atomics.store(this.#control, RETIRED, 1);
      this.#grace = this.#readers();
    }
    if (!this.#graceIsOver(this.#grace)) return false;
    this.#grace = undefined;
    this.#evict(old);
    this.#used[old] = 0;
    this.#taken[old] = 0;
    Atomics.store(this.#control, YOUNG, old);
    Atomics.store(this.#control, RETIRED, 0);
    return true;
  }

  /** Nobody finds what stands in this half any more. */
  #evict(half: number): void {
    const [first, last] = [2 * half * this.#places, 2 * (half + 1) * this.#places];
    if (this.#onEvict !== undefined) {
      for (let entry = first; entry < last; entry += 2) {
        if (this.#index[entry] !== 0) this.#onEvict(this.#index[entry + 1] as number);
      }
    }
    this.#index.fill(0, first, last);
  }

  /**
   * How far each reader has counted. Loaded atomically, one by one, so that a reader that is not seen to have begun
   * will see that the old half is retired, also on processors that let plain reads overtake writes.
   */
  #readers(): Int32Array {
    return Int32Array.from({ length: MOST_READERS }, (_, at) =>
      Atomics.load(this.#control, FIRST_READER + at),
    );
  }

  /** A reader counts when it begins and when it ends: even, it is between two questions. */
  #graceIsOver(before: Int32Array): boolean {
    const now = this.#readers();
    return before.every((count, at) => count % 2 === 0 || now[at] !== count);
  }
}
