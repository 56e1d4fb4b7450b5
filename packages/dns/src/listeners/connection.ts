import type { Socket } from 'node:net';
import { asksForPadding, padded } from '../edns/padding.ts';
import { MAX_MESSAGE } from '../message/constants.ts';
import { Frames, framed, messageEnd } from '../message/framed.ts';
import { copyBytes } from '../message/reply.ts';
import type { Exchange, ReplyStream, Responder, Transport } from '../responder.ts';
import type { Place } from './place.ts';

export interface ConnectionLimits {
  /** Milliseconds that a connection may be silent (RFC 7766, 6.2.3). */
  readonly idleMs: number;
  /** Milliseconds that one message may take from its first byte to its last: no slow trickle holds a place. */
  readonly messageMs: number;
  /** Bytes of replies that a client may leave unread before we stop reading its questions. */
  readonly backlog: number;
  /** Answers that may be fetched for it at the same time; further questions are read when one has come. */
  readonly pending: number;
}

/** Every connection asks and answers through these, and copies from them before the next one does. */
const QUERY = Buffer.allocUnsafe(MAX_MESSAGE);
const REPLY = Buffer.allocUnsafe(MAX_MESSAGE);
const REPLIES = new Frames();
const NOTHING = Buffer.alloc(0);

/**
 * One client's stream of questions, each behind its length in two bytes (RFC 1035, 4.2.2), over TCP or TLS.
 * Answers come in any order (RFC 7766, 6.2.1.1).
 */
export class Connection {
  readonly #place: Place;
  readonly #socket: Socket;
  readonly #responder: Responder;
  readonly #limits: ConnectionLimits;
  readonly #exchange: Exchange;
  #unread: Buffer = NOTHING;
  #slow: NodeJS.Timeout | undefined;
  /** The question that is being answered was padded, and so is its reply. */
  #pads = false;
  /** No more is read until the client has taken its replies, or some of its answers have been fetched. */
  #stalled = false;
  /** No further question is waited for; those that have been read are answered. */
  #ended = false;

  /** @param socket what the messages go through: the place's own socket, or what TLS made of it */
  constructor(
    place: Place,
    socket: Socket,
    transport: Transport,
    responder: Responder,
    limits: ConnectionLimits,
  ) {
    this.#place = place;
    this.#socket = socket;
    this.#responder = responder;
    this.#limits = limits;
    const { peer, peerPort, asked } = place;
    const ways = { defer: () => this.#later(), stream: () => this.#stream() };
    this.#exchange = { transport, peer, peerPort, asked, ...ways };
  }

  serve(): void {
    const socket = this.#socket;
    socket.on('error', () => socket.destroy());
    socket.setTimeout(this.#limits.idleMs, () => socket.destroy());
    socket.on('data', (data) => this.#receive(data));
    socket.on('drain', () => this.#proceed());
    socket.once('end', () => this.#finish());
    this.#place.leave = () => this.#finish();
    socket.once('close', () => clearTimeout(this.#slow));
  }

  #receive(data: Buffer): void {
    this.#unread = this.#unread.length === 0 ? data : Buffer.concat([this.#unread, data]);
    this.#answerUnread();
  }

  #answerUnread(): void {
    const before = this.#unread.length;
    while (messageEnd(this.#unread, 0) <= this.#unread.length && !this.#isFull()) this.#answerBatch();
    const messageRead = this.#unread.length < before;
    if (messageRead) this.#place.use();
    this.#stallWhenFull();
    this.#watchSlowness(messageRead);
  }

  /** Answers the whole messages in what has come with one write, as many as there is room for. */
  #answerBatch(): void {
    const bytes = this.#unread;
    let at = 0;
    for (let end = messageEnd(bytes, at); end <= bytes.length; end = messageEnd(bytes, at)) {
      if (this.#isFull(REPLIES.length)) break;
      this.#answer(bytes, at + 2, end);
      at = end;
    }
    this.#unread = bytes.subarray(at);
    if (REPLIES.length > 0) this.#socket.write(REPLIES.take());
  }

  #answer(bytes: Buffer, start: number, end: number): void {
    const size = copyBytes(bytes, start, end, QUERY, 0);
    this.#pads = this.#exchange.transport === 'tls' && asksForPadding(QUERY.subarray(0, size));
    const length = this.#responder.respond(QUERY, size, REPLY, this.#exchange);
    if (length > 0) this.#reply(length);
  }

  #reply(length: number): void {
    const reply = this.#pads ? padded(REPLY.subarray(0, length)) : REPLY;
    REPLIES.add(reply, this.#pads ? reply.length : length);
  }

  #later(): (reply: Uint8Array) => void {
    this.#place.owed += 1;
    const pads = this.#pads;
    return (reply) => {
      this.#write(framed(pads ? padded(Buffer.from(reply)) : reply));
      this.#settle();
    };
  }

  #stream(): ReplyStream {
    this.#place.owed += 1;
    return {
      send: async (message) => {
        this.#write(framed(message));
        return this.#room();
      },
      end: () => this.#settle(),
      abort: () => {
        this.#socket.destroy();
        this.#settle();
      },
    };
  }

  /** Resolves once the client has taken what was written: true, or has gone: false. */
  async #room(): Promise<boolean> {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableLength <= this.#limits.backlog) return !socket.destroyed;
    const { promise, resolve } = Promise.withResolvers<void>();
    const ready = () => resolve();
    socket.once('drain', ready).once('close', ready);
    await promise;
    socket.off('drain', ready).off('close', ready);
    return !socket.destroyed;
  }

  #write(bytes: Buffer): void {
    if (this.#socket.destroyed) return;
    this.#socket.write(bytes);
    this.#stallWhenFull();
  }

  #settle(): void {
    this.#place.owed -= 1;
    this.#place.use();
    this.#proceed();
  }

  #finish(): void {
    this.#ended = true;
    this.#proceed();
  }

  /** Goes on where it had to wait, and ends what is over. Of a client that has gone nothing more is asked. */
  #proceed(): void {
    if (this.#socket.destroyed) return;
    if (this.#stalled && !this.#isFull()) {
      this.#stalled = false;
      this.#socket.resume();
      this.#answerUnread();
    }
    if (this.#ended && !this.#stalled && this.#place.owed === 0) this.#socket.destroySoon();
  }

  #isFull(more = 0): boolean {
    const { pending, backlog } = this.#limits;
    return this.#place.owed >= pending || this.#socket.writableLength + more > backlog;
  }

  #stallWhenFull(): void {
    if (this.#stalled || !this.#isFull()) return;
    this.#stalled = true;
    this.#socket.pause();
  }

  /** The idle time-out starts anew with each byte; this one only with each message. */
  #watchSlowness(messageRead: boolean): void {
    if (messageRead || this.#stalled || this.#unread.length === 0) {
      clearTimeout(this.#slow);
      this.#slow = undefined;
    }
    if (this.#unread.length > 0 && !this.#stalled) {
      this.#slow ??= setTimeout(() => this.#socket.destroy(), this.#limits.messageMs);
    }
  }
}
