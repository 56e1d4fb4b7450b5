import type { ExtendedError } from '../edns/extended-error.ts';

/** What came of a question that was forwarded. */
export interface Answer {
  /** A whole message, never truncated, with any id, of which every record can be read. It is shared: nobody writes to it. */
  readonly message: Buffer;
  /** What the client should be told of it, besides what the upstream tells. */
  readonly reason?: ExtendedError;
}
