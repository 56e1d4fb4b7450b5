/** What a handler sees of a request: plain values, nothing of the HTTP library. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as it came, at most `bodyLimit` bytes. */
  readonly body: string;
  /** The client's address, of IPv4 where it is one. */
  readonly peer: string;
  /** Fires when the client has gone. */
  readonly signal: AbortSignal;
}

/** What a reply consists of: its whole body, pieces that are made already, or pieces that come. */
export type Body = string | readonly string[] | AsyncIterable<string>;

export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Pieces are sent one by one until they end or the client goes. */
  readonly body?: Body;
}

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** Express 5 path syntax: `/v1/services/:id`. */
  readonly path: string;
  readonly handle: (request: HttpRequest) => HttpReply | Promise<HttpReply>;
}
