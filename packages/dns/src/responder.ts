/** Over what a question came; decides how long a reply may be and whether it may be truncated. */
export type Transport = 'udp' | 'tcp';

/** One question's way back. The listener owns it and reuses it for the next question. */
export interface Exchange {
  readonly transport: Transport;
  /**
   * Keeps this exchange beyond the call, for an answer that has to be fetched: the function that comes back
   * sends it, however late. A client that has gone meanwhile is no error.
   */
  defer(): (reply: Uint8Array) => void;
}

/** The reply will come through `Exchange.defer`, or not at all. */
export const LATER = 0;

/**
 * What a listener is handed: bytes in, bytes out, in place. It never throws, and it must be done with `query`
 * and `reply` when it returns, for both are used again.
 */
export interface Responder {
  /**
   * Answers the message in `query[0..length)` into `reply`.
   * @returns the reply's length in bytes; 0 when nothing is to be sent now
   */
  respond(query: Buffer, length: number, reply: Buffer, exchange: Exchange): number;
}
