import type { Answer } from './answer.ts';
import { ForwardedQuestion } from './forwarded-question.ts';
import type { KeptAnswer, KeptRecords } from './kept-answer.ts';

/** Where questions that are not ours are taken: a question goes in, a whole message comes out. */
export interface Recursor {
  /**
   * Fetches the answer. The asker is told of it once, and never before this returns. It is a call and no promise: one
   * for each step of the way would cost more than all the rest.
   */
  ask(question: ForwardedQuestion, asker: Asker): void;

  /**
   * An answer that is there already, still good, and the same for every client; absent: there never is one. It counts
   * as asked for; without one the question has to be forwarded.
   */
  kept?(question: ForwardedQuestion): CopyableAnswer | undefined;
}

/** Who waits for an answer. Neither call throws. */
export interface Asker {
  answered(answer: Answer): void;
  /** @param error an UpstreamError when nobody gave an answer */
  failed(error: unknown): void;
}

/** An upstream's answer that can be copied as it is. */
export interface CopyableAnswer {
  readonly kept: KeptAnswer;
  readonly records: KeptRecords;
  /** From when on a question for it should be seen by its keeper again, in monotonic milliseconds. */
  readonly until: number;
}

/**
 * The answer as a promise, for whoever asks now and then.
 * @param question a whole message with one question, which nobody writes to any more; its id does not matter
 * @throws {UpstreamError} when nobody gave an answer
 */
export function fetchAnswer(recursor: Recursor, question: Buffer): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  recursor.ask(new ForwardedQuestion(question), { answered: resolve, failed: reject });
  return promise;
}
