/** Where questions that are not ours are taken: a question goes in, a whole message comes out. */
export interface Recursor {
  /**
   * @param question a whole message with one question; its id does not matter
   * @returns the answer, the caller's to write into, never truncated and with any id
   * @throws {UpstreamError} when nobody gave an answer
   */
  forward(question: Buffer): Promise<Buffer>;
}
