import type { QuestionKey } from '../answers/answer-table.ts';
import { type ForwardedKey, MOST_KEY } from '../answers/forwarded-key.ts';
import { ORIGIN } from '../batch/origin.ts';
import { FORWARDABLE } from '../forward/forwardable.ts';
import { copyBytes } from '../message/reply.ts';
import type { Line } from './lines.ts';

/** A client's query that is longer is left to the main thread. */
export const LONGEST_QUERY = 512;

/**
 * One client's question that a thread has taken to an upstream itself: made once, used again and again. Those of other
 * clients with the same question hang on the first.
 */
export class Errand implements QuestionKey {
  /** The client's address, and ours that it asked. */
  readonly origin = Buffer.alloc(ORIGIN);
  /** What the client sent. */
  readonly query = Buffer.alloc(LONGEST_QUERY);
  queryLength = 0;
  /** What the upstream was sent. */
  readonly question = Buffer.alloc(FORWARDABLE);
  questionLength = 0;
  readonly keyWords = new Int32Array(MOST_KEY / Int32Array.BYTES_PER_ELEMENT);
  keyLength = 0;
  hash = 0;
  /** When it was asked, by this thread's clock. */
  since = 0;
  id = 0;
  line: Line | undefined;
  /** The next one with the same question. */
  alike: Errand | undefined;
  /** Its neighbours among those that are waited for. */
  older: Errand | undefined;
  newer: Errand | undefined;

  /** Keeps of a client's query what is needed when the answer is there. */
  take(packet: Buffer, length: number, key: ForwardedKey, since: number): void {
    copyBytes(packet, 0, length, this.query, 0);
    this.queryLength = length;
    const words = (key.keyLength + 3) >> 2;
    for (let at = 0; at < words; at += 1) this.keyWords[at] = key.keyWords[at] as number;
    this.keyLength = key.keyLength;
    this.hash = key.hash;
    this.since = since;
  }

  isFor({ hash, keyLength, keyWords }: QuestionKey): boolean {
    if (this.hash !== hash || this.keyLength !== keyLength) return false;
    for (let at = (keyLength - 1) >> 2; at >= 0; at -= 1)
      if (this.keyWords[at] !== keyWords[at]) return false;
    return true;
  }
}
