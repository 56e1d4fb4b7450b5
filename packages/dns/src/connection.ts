import type { Socket } from 'node:net';
import { MAX_MESSAGE } from './constants.ts';
import type { Exchange, ReplyStream, Responder, Transport } from './responder.ts';

export interface ConnectionLimits {
  /** Milliseconds that a connection may be silent (RFC 7766, 6.2.3). */
  readonly idleMs: number;
  /** Milliseconds that one message may take from its first byte to its last: no slow trickle holds a place. */
  readonly messageMs: number;
  /** Bytes of replies that a client may leave unread before we stop reading its questions. */
  readonly backlog: number;
}

/** Every connection answers into this and copies from it before the next one does. */
const REPLY = Buffer.allocUnsafe(MAX_MESSAGE);

/**
 * One client's stream of questions, each behind its length in two bytes (RFC 1035, 4.2.2), over TCP or TLS.
 * Answers come in any order (RFC 7766, 6.2.1.1).
 */
export class Connection {
  readonly #socket: Socket;
  readonly #responder: Responder;
  readonly #limits: ConnectionLimits;
  readonly #exchange: Exchange;
  #unread: Buffer = Buffer.alloc(0);
  #slow: NodeJS.Timeout | undefined;
  /** Answers that are still being fetched: a client that has said its last word is waited for. */
  #owed = 0;
  #ended = false;

  /** @param peer the client's address */
  constructor(
    socket: Socket,
    transport: Transport,
    peer: string,
    responder: Responder,
    limits: ConnectionLimits,
  ) {
    this.#socket = socket;
    this.#responder = responder;
    this.#limits = limits;
    this.#exchange = { transport, peer, defer: () => this.#later(), stream: () => this.#stream() };
  }

  serve(): void {
    const socket = this.#socket;
    socket.on('error', () => socket.destroy());
    socket.setTimeout(this.#limits.idleMs, () => socket.destroy());
    socket.on('data', (data) => this.#receive(data));
    socket.on('drain', () => socket.resume());
    socket.once('end', () => {
      this.#ended = true;
      this.#endWhenDone();
    });
    socket.once('close', () => clearTimeout(this.#slow));
  }

  /** All whole messages in what has come are answered with one write. */
  #receive(data: Buffer): void {
    const bytes = this.#unread.length === 0 ? data : Buffer.concat([this.#unread, data]);
    const replies: Buffer[] = [];
    let at = 0;
    while (at + 2 <= bytes.length && at + 2 + bytes.readUInt16BE(at) <= bytes.length) {
      const end = at + 2 + bytes.readUInt16BE(at);
      this.#answer(bytes.subarray(at + 2, end), replies);
      at = end;
    }
    this.#unread = bytes.subarray(at);
    this.#watchSlowness(at > 0);
    if (replies.length > 0) this.#write(Buffer.concat(replies));
  }

  #answer(message: Buffer, replies: Buffer[]): void {
    const length = this.#responder.respond(message, message.length, REPLY, this.#exchange);
    if (length > 0) replies.push(framed(REPLY.subarray(0, length)));
  }

  #later(): (reply: Uint8Array) => void {
    this.#owed += 1;
    return (reply) => {
      this.#write(framed(reply));
      this.#settle();
    };
  }

  #stream(): ReplyStream {
    this.#owed += 1;
    return {
      send: async (message) => {
        this.#write(framed(message));
        return this.#room();
      },
      end: () => this.#settle(),
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
    if (this.#socket.writableLength > this.#limits.backlog) this.#socket.pause();
  }

  #settle(): void {
    this.#owed -= 1;
    this.#endWhenDone();
  }

  #endWhenDone(): void {
    if (this.#ended && this.#owed === 0) this.#socket.end();
  }

  /** The idle time-out starts anew with each byte; this one only with each message. */
  #watchSlowness(messageRead: boolean): void {
    if (messageRead || this.#unread.length === 0) {
      clearTimeout(this.#slow);
      this.#slow = undefined;
    }
    if (this.#unread.length > 0) {
      this.#slow ??= setTimeout(() => this.#socket.destroy(), this.#limits.messageMs);
    }
  }
}

function framed(reply: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(reply.length + 2);
  bytes.writeUInt16BE(reply.length);
  bytes.set(reply, 2);
  return bytes;
}
