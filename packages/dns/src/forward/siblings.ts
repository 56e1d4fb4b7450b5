import type { ForwardedQuestion } from './forwarded-question.ts';

/** Threads that ask for themselves what nobody here knows of, and keep the answers until somebody asks again. */
export interface Siblings {
  /** What they are told a question by; undefined as long as there are none. */
  hashOf(question: ForwardedQuestion): number | undefined;
  /** From now on it is for us: under way, or answered here. */
  claim(hash: number): void;
  /** Undoes one `claim`. */
  release(hash: number): void;
  /** What one of them was answered, and when, in monotonic milliseconds. */
  answerTo(question: ForwardedQuestion): { readonly message: Buffer; readonly since: number } | undefined;
}
