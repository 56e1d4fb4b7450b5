import type { SocketAddress } from '@callsign/daemon';

/** Over what a question came: plain UDP or TCP, TLS (RFC 7858) or HTTPS (RFC 8484). */
export type Transport = 'udp' | 'tcp' | 'tls' | 'https';

/** One question's way back. The listener owns it and reuses it for the next question. */
export interface Exchange {
  readonly transport: Transport;
  /** The client's address, without its port number; an IPv4 client of an IPv6 socket is `::ffff:192.0.2.1`. */
  readonly peer: string;
  /** The client's port number; absent where a proxy or nobody at all stands between us. */
  readonly peerPort?: number | undefined;
  /** The address and port number of ours that were asked; absent where the system does not tell. */
  readonly asked?: SocketAddress | undefined;
  /** True for a query that was signed with one of our keys (RFC 8945). */
  readonly signed?: boolean;
  /**
   * Keeps this exchange beyond the call, for an answer that has to be fetched: the function that comes back
   * sends it, however late. A client that has gone meanwhile is no error.
   */
  defer(): (reply: Uint8Array) => void;
  /** Keeps it for an answer of many messages; absent where the transport takes only one for each question. */
  stream?(): ReplyStream;
}

/** The way back for an answer of many messages, as zone transfers are (RFC 5936, 2.2). */
export interface ReplyStream {
  /** Resolves when there is room for the next message: false when the client has gone. */
  send(message: Uint8Array): Promise<boolean>;
  /** That was the last message. */
  end(): void;
  /** There will be no last message: ends the connection, which is all that tells a client so (RFC 5936, 2.2). */
  abort(): void;
}

/** The reply will come through `Exchange.defer` or `Exchange.stream`, or not at all. */
export const LATER = 0;

/** Somebody else has to answer this: what a responder says that knows only the usual questions. */
export const PASS = -1;

/**
 * What a listener is handed: bytes in, bytes out, in place. It never throws, and it must be done with `query`
 * and `reply` when it returns, for both are used again.
 */
export interface Responder {
  /**
   * Answers the message in `query[0..length)` into `reply`.
   * @returns the reply's length in bytes; LATER when nothing is to be sent now; PASS, where there is another
   *   responder to pass it to
   */
  respond(query: Buffer, length: number, reply: Buffer, exchange: Exchange): number;
}

/** A question's way back where the reply may come after the next batch. */
export interface BatchExchange extends Exchange {
  /** Copies what a reply is sent to. */
  readOrigin(into: Buffer): void;
}

/** What answers a batch of messages one by one, and hears of it when their replies have gone out together. */
export interface BatchResponder {
  /** As `Responder.respond` does. */
  respond(query: Buffer, length: number, reply: Buffer, exchange: BatchExchange): number;
  /** Absent: it never asks anybody. */
  readonly outward?: Outward | undefined;
  /** @param ms milliseconds from the batch's coming in to the going out of its replies */
  sent(replies: number, ms: number): void;
}

/** What a batch responder has asked others, and hears from them between two batches of its clients. */
export interface Outward {
  /** True when others have been asked: then clients are not all that is to be waited for. */
  readonly waits: boolean;
  /** Sleeps until clients or others have sent something, and sees to the others. @returns true when clients have */
  wait(): boolean;
  /** Sends what the last batch has to ask. */
  flush(): void;
  close(): void;
}
