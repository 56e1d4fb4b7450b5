import type { Switchboard } from '../batch/switchboard.ts';
import type { ReplyOptions } from '../edns/reply-options.ts';
import { Query } from '../message/query.ts';
import type { Errand } from './errand.ts';
import { writeRelayed } from './relayed-reply.ts';

/** Told of each reply to a client, before it is sent. */
export interface RelayEvents {
  /** @param ms from the question to the reply */
  relayed(query: Query, rcode: number, ms: number): void;
}

/** Replies to the clients of errands, which go out together. */
export class Replies {
  readonly #switchboard: Switchboard;
  readonly #options: ReplyOptions;
  readonly #events: RelayEvents;
  readonly #query = new Query();
  #count = 0;

  constructor(switchboard: Switchboard, options: ReplyOptions, events: RelayEvents) {
    this.#switchboard = switchboard;
    this.#options = options;
    this.#events = events;
  }

  /** The client's query is read anew: it was kept as it came. */
  add(errand: Errand, message: Buffer, now: number): void {
    const rooms = this.#switchboard.replies;
    if (this.#count === rooms.length) this.send();
    const query = this.#query;
    query.read(errand.query, errand.queryLength);
    if (query.asksForOptions) this.#options.fill(query, this.#switchboard.peer(errand.origin));
    const length = writeRelayed(rooms[this.#count] as Buffer, query, message);
    this.#switchboard.addReply(this.#count, errand.origin, length);
    this.#count += 1;
    this.#events.relayed(query, (message[3] as number) & 15, now - errand.since);
  }

  send(): void {
    if (this.#count > 0) this.#switchboard.reply(this.#count);
    this.#count = 0;
  }
}
