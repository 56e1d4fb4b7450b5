import type { CopyableAnswer } from '../forward/recursor.ts';
import { questionEnd } from '../message/question.ts';
import { WORD, wordsFor } from './answer-bytes.ts';

/**
 * Words at the beginning of an upstream's answer in the table, besides those that every answer has there. Behind them:
 * where each TTL stands in the records, key, records.
 */
export const KEPT = {
  RCODE: 6,
  FLAGS: 7,
  ANSWERS: 8,
  AUTHORITIES: 9,
  ADDITIONAL: 10,
  /** Bytes of all records. */
  LENGTH: 11,
  /** When it came, in seconds of the table's clock. */
  SINCE: 12,
  TTL_COUNT: 13,
  TTLS: 16,
} as const;

const BYTES = 4;

/**
 * An upstream's answer under the key of its question: its records as they came, to be copied behind a question of the
 * same length.
 * @param flags what the header has besides the rcode
 */
export function layOutKept(
  { kept, records, until }: CopyableAnswer,
  key: Uint8Array,
  flags: number,
): Int32Array {
  const { message } = kept.answer;
  const start = questionEnd(message);
  const keyAt = KEPT.TTLS + kept.ttls.length;
  const recordsAt = keyAt + wordsFor(key.length);
  const words = new Int32Array(recordsAt + wordsFor(records.end - start));
  words[WORD.KEY] = keyAt;
  words[WORD.RECORDS] = recordsAt;
  words[WORD.KEY_LENGTH] = key.length;
  words[WORD.UNTIL] = Math.min(Math.ceil(until / 1_000), Math.floor(kept.until / 1_000));
  words[KEPT.RCODE] = message.readUInt16BE(2) & 15;
  words[KEPT.FLAGS] = flags;
  words[KEPT.ANSWERS] = message.readUInt16BE(6);
  words[KEPT.AUTHORITIES] = message.readUInt16BE(8);
  words[KEPT.ADDITIONAL] = records.additional;
  words[KEPT.LENGTH] = records.end - start;
  words[KEPT.SINCE] = Math.floor(kept.since / 1_000);
  words[KEPT.TTL_COUNT] = kept.ttls.length;
  words.set(
    kept.ttls.map((at) => at - start),
    KEPT.TTLS,
  );
  const bytes = new Uint8Array(words.buffer);
  bytes.set(key, keyAt * BYTES);
  bytes.set(message.subarray(start, records.end), recordsAt * BYTES);
  return words;
}
