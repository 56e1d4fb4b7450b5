import type { ExtendedError } from '../extended-error.ts';

/** Where questions that are not ours are taken: a question goes in, a whole message comes out. */
export interface Recursor {
  /**
   * @param question a whole message with one question; its id does not matter
   * @throws {UpstreamError} when nobody gave an answer
   */
  forward(question: Buffer): Promise<Answer>;
}

export interface Answer {
  /** The caller's to write into, never truncated, with any id. */
  readonly message: Buffer;
  /** What the client should be told of it, besides what the upstream tells. */
  readonly reason?: ExtendedError;
}
