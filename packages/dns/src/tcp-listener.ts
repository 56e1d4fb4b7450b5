import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { listenError, type Part, type SocketAddress } from '@callsign/daemon';
import { MAX_MESSAGE } from './constants.ts';
import type { Exchange, Responder } from './responder.ts';

export interface TcpLimits {
  /** Connections beyond this are closed at once. */
  readonly connections: number;
  /** Milliseconds that a connection may be silent (RFC 7766, 6.2.3). */
  readonly idleMs: number;
  /** Milliseconds that one message may take from its first byte to its last: no slow trickle holds a place. */
  readonly messageMs: number;
  /** Bytes of replies that a client may leave unread before we stop reading its questions. */
  readonly backlog: number;
}

export const TCP_LIMITS: TcpLimits = {
  connections: 1_000,
  idleMs: 10_000,
  messageMs: 5_000,
  backlog: 1 << 20,
};

/** Answers DNS over TCP on one address: pipelined questions, answers in any order (RFC 7766). */
export class TcpListener implements Part {
  readonly name = 'dns/tcp';
  readonly #at: SocketAddress;
  readonly #responder: Responder;
  readonly #limits: TcpLimits;
  readonly #connections = new Set<Socket>();
  #server: Server | undefined;

  constructor(at: SocketAddress, responder: Responder, limits: TcpLimits = TCP_LIMITS) {
    this.#at = at;
    this.#responder = responder;
    this.#limits = limits;
  }

  /** Where it listens, once started. */
  get address(): SocketAddress {
    const { address, port } = (this.#server as Server).address() as AddressInfo;
    return { host: address, port };
  }

  async start(): Promise<void> {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen({ host: this.#at.host === '' ? '::' : this.#at.host, port: this.#at.port }, resolve);
    try {
      await promise;
    } catch (error) {
      throw listenError('DNS over TCP', '--dns', this.#at, error);
    }
    this.#server = server;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    for (const socket of this.#connections) socket.destroy();
    await promise;
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.#limits.connections) {
      socket.destroy();
      return;
    }
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(this.#limits.idleMs, () => socket.destroy());
    new Connection(socket, this.#responder, this.#limits).serve();
  }
}

/** One client's stream of questions, each behind its length in two bytes (RFC 1035, 4.2.2). */
class Connection {
  readonly #socket: Socket;
  readonly #responder: Responder;
  readonly #limits: TcpLimits;
  readonly #exchange: Exchange = { transport: 'tcp', defer: () => this.#later() };
  #unread: Buffer = Buffer.alloc(0);
  #slow: NodeJS.Timeout | undefined;
  /** Answers that are still being fetched: a client that has said its last word is waited for. */
  #owed = 0;
  #ended = false;

  constructor(socket: Socket, responder: Responder, limits: TcpLimits) {
    this.#socket = socket;
    this.#responder = responder;
    this.#limits = limits;
  }

  serve(): void {
    this.#socket.on('data', (data) => this.#receive(data));
    this.#socket.on('drain', () => this.#socket.resume());
    this.#socket.once('end', () => {
      this.#ended = true;
      this.#endWhenDone();
    });
    this.#socket.once('close', () => clearTimeout(this.#slow));
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
      this.#owed -= 1;
      this.#write(framed(reply));
      this.#endWhenDone();
    };
  }

  #write(bytes: Buffer): void {
    if (this.#socket.destroyed) return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > this.#limits.backlog) this.#socket.pause();
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

/** Every connection answers into this and copies from it before the next one does. */
const REPLY = Buffer.allocUnsafe(MAX_MESSAGE);

function framed(reply: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(reply.length + 2);
  bytes.writeUInt16BE(reply.length);
  bytes.set(reply, 2);
  return bytes;
}
