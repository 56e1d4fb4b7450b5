import { OPTION } from '../message/opt.ts';
import type { Query } from '../message/query.ts';
import { FULL_COOKIE, type ServerCookies } from './cookie.ts';

/** The most bytes that a server's name takes in a reply: what a host name may have on Linux. */
const MOST_NAME = 64;

/** What this server tells in the OPT record of a reply to clients that ask for it: a cookie, and its name. */
export class ReplyOptions {
  readonly #cookies: ServerCookies;
  readonly #name: Buffer | undefined;

  /** @param name absent: nobody is told (RFC 5001, 2.1: NSID is the operator's to give) */
  constructor(cookies: ServerCookies, name?: string) {
    this.#cookies = cookies;
    this.#name = name === undefined ? undefined : Buffer.from(name).subarray(0, MOST_NAME);
  }

  /** Puts what this client has asked for into `query.options`. */
  fill(query: Query, peer: string): void {
    const { options } = query;
    if (query.cookieAt > 0) {
      this.#cookies.write(options.bytes, options.add(OPTION.COOKIE, FULL_COOKIE), query, peer);
    }
    if (query.nsid && this.#name !== undefined) {
      this.#name.copy(options.bytes, options.add(OPTION.NSID, this.#name.length));
    }
  }
}
