import { FLAG } from '../message/constants.ts';
import type { Query } from '../message/query.ts';
import type { QuestionKey } from './answer-table.ts';

/** Bytes of a question's key, one more, and zeros up to a whole word. */
export const MOST_KEY = 264;
const FNV_PRIME = 0x0100_0193;

/**
 * The key of a question to others: what upstream says depends on RD, AD, CD, EDNS and DO besides the question, so they
 * make one more byte. No answer of our own has a key of this length for this name.
 */
export class ForwardedKey implements QuestionKey {
  readonly key = new Uint8Array(MOST_KEY);
  readonly keyWords = new Int32Array(this.key.buffer);
  keyLength = 0;
  hash = 0;

  /** Becomes the key of the query that has been read. */
  take(query: Query): void {
    const { keyLength } = query;
    const words = (keyLength >> 2) + 1;
    for (let at = 0; at < words; at += 1) this.keyWords[at] = query.keyWords[at] as number;
    // A key that fills its words leaves in the next one what came before it.
    if ((keyLength & 3) === 0) this.keyWords[words - 1] = 0;
    const variant = variantOf(query);
    this.key[keyLength] = variant;
    this.keyLength = keyLength + 1;
    this.hash = Math.imul(query.hash ^ variant, FNV_PRIME);
  }
}

function variantOf({ flags, edns, dnssecOk }: Query): number {
  const asked = (flags & (FLAG.AD | FLAG.CD)) | ((flags & FLAG.RD) === 0 ? 0 : 1);
  return asked | (edns ? 2 : 0) | (dnssecOk ? 4 : 0);
}
