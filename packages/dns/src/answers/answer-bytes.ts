/**
 * A finished answer: the bytes of its records, made once for one question and copied for every client that asks
 * it. The records stand in the order answer, authority, additional, and none depends on where it stands
 * (RecordEncoder), so that a copy can begin its RRset with another record and leave out what does not fit.
 *
 *     records   | CNAME | A1 | A2 | A3 | SOA | ... |
 *     ends     ^        ^    ^    ^    ^     ^
 *     turning           `---- these take turns ---'
 */
export interface FinishedAnswer {
  readonly rcode: number;
  /** The header's flags that this answer may have: -1 for all of them. */
  readonly flags: number;
  readonly records: readonly Uint8Array[];
  /** How many of the records are answers, and how many behind them are authorities; the rest is additional. */
  readonly answers: number;
  readonly authorities: number;
  /** The first record of the answer's last RRset, whose order turns. */
  readonly turning: number;
  /** Index behind the last record of each RRset in the additional section. */
  readonly additionalSets: readonly number[];
  /** True when these are some of more records: once each has stood first, others are to be told. */
  readonly sample?: boolean;
  /** Where the SOA's serial stands in the records' bytes; negative: nowhere. */
  readonly serialAt: number;
}

/** Words of 32 bits at the beginning of an answer's bytes; behind them `ends`, `additionalSets`, key, records. */
export const WORD = {
  /** Which stamp it was made under, and what that stamp was. */
  STAMP: 0,
  STAMPED: 1,
  /** How often it was written: where the order of its records begins. */
  TURN: 2,
  /** Where key and records begin, in words from the answer's own beginning. */
  KEY: 3,
  RECORDS: 4,
  KEY_LENGTH: 5,
  RCODE: 6,
  FLAGS: 7,
  ANSWERS: 8,
  /** How many records there are up to and with the authorities, and with the additional ones. */
  NEEDED: 9,
  ALL: 10,
  TURNING: 11,
  /** Bytes of the largest record that takes turns. */
  LARGEST: 12,
  SERIAL_AT: 13,
  /** How often a sample may be written; 0: for ever. */
  TURNS: 14,
  /** From which second of the table's clock on it is true no longer; 0: time does nothing to it. */
  UNTIL: 15,
  /** Behind these: where each record begins, and where the last one ends. */
  ENDS: 16,
} as const;

const BYTES = 4;

/** An answer's bytes, a whole number of words, under the key of its question. */
export function layOut(answer: FinishedAnswer, key: Uint8Array): Int32Array {
  const { records, additionalSets } = answer;
  const ends = runningSum(records.map(({ length }) => length));
  const keyAt = WORD.ENDS + ends.length + additionalSets.length;
  const recordsAt = keyAt + wordsFor(key.length);
  const words = new Int32Array(recordsAt + wordsFor(ends.at(-1) as number));
  words.set(headOf(answer, keyAt, recordsAt, key.length));
  words.set([...ends, ...additionalSets], WORD.ENDS);
  const bytes = new Uint8Array(words.buffer);
  bytes.set(key, keyAt * BYTES);
  records.forEach((record, at) => {
    bytes.set(record, recordsAt * BYTES + (ends[at] as number));
  });
  return words;
}

/** How many words so many bytes take. */
export function wordsFor(bytes: number): number {
  return (bytes + BYTES - 1) >> 2;
}

function headOf(answer: FinishedAnswer, keyAt: number, recordsAt: number, keyLength: number): number[] {
  const { rcode, flags, records, answers, authorities, turning, serialAt, sample } = answer;
  const needed = answers + authorities;
  const largest = records.slice(turning, answers).reduce((most, { length }) => Math.max(most, length), 1);
  const unstamped = [0, 0, 0];
  const timeless = 0;
  return [
    ...unstamped,
    keyAt,
    recordsAt,
    keyLength,
    rcode,
    flags,
    answers,
    needed,
    records.length,
    turning,
    largest,
    serialAt,
    sample === true ? answers : 0,
    timeless,
  ];
}

/** 0, and then the sum after each. */
function runningSum(sizes: readonly number[]): number[] {
  const sums = [0];
  for (const size of sizes) sums.push((sums.at(-1) as number) + size);
  return sums;
}
