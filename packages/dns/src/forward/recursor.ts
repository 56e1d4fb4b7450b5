import type { ExtendedError } from '../edns/extended-error.ts';
import type { KeptAnswer, KeptRecords } from './kept-answer.ts';

/** Where questions that are not ours are taken: a question goes in, a whole message comes out. */
export interface Recursor {
  /**
   * @param question a whole message with one question, which nobody writes to any more; its id does not matter
   * @throws {UpstreamError} when nobody gave an answer
   */
  forward(question: Buffer): Promise<Answer>;

  /**
   * An answer that is there already, still good, and the same for every client; absent: there never is one. It counts
   * as asked for; without one the question has to be forwarded.
   */
  kept?(question: Buffer): CopyableAnswer | undefined;
}

/** An upstream's answer that can be copied as it is. */
export interface CopyableAnswer {
  readonly kept: KeptAnswer;
  readonly records: KeptRecords;
  /** From when on a question for it should be seen by its keeper again, in monotonic milliseconds. */
  readonly until: number;
}

export interface Answer {
  /** The caller's to write into, never truncated, with any id. */
  readonly message: Buffer;
  /** What the client should be told of it, besides what the upstream tells. */
  readonly reason?: ExtendedError;
}
