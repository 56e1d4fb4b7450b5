import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { SocketAddress } from '@callsign/daemon';
import { questionOf, readReply, type WireReply } from './wire.ts';

const PAYLOAD = 1232;
const AGAIN_MS = 500;

/** Asks one server many questions at the same time, over UDP and, for what is too long for that, TCP. */
export class ManyQuestions implements AsyncDisposable {
  readonly #at: SocketAddress;
  readonly #socket: Socket;
  readonly #open = new Map<number, { readonly query: Buffer; readonly answered: (reply: Buffer) => void }>();
  readonly #again: NodeJS.Timeout;
  #id = 0;

  private constructor(at: SocketAddress, socket: Socket) {
    this.#at = at;
    this.#socket = socket;
    socket.on('message', (reply) => this.#open.get(reply.readUInt16BE(0))?.answered(reply));
    // What a full buffer lost is asked again.
    this.#again = setInterval(() => {
      for (const { query } of this.#open.values()) socket.send(query);
    }, AGAIN_MS);
  }

  static async to(at: SocketAddress): Promise<ManyQuestions> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    socket.connect(at.port, at.host);
    await once(socket, 'connect');
    return new ManyQuestions(at, socket);
  }

  async ask(name: string, type: number): Promise<WireReply> {
    const id = this.#freeId();
    const query = questionOf(id, name, type, PAYLOAD);
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    this.#open.set(id, { query, answered: resolve });
    this.#socket.send(query);
    try {
      return readReply(await promise);
    } finally {
      this.#open.delete(id);
    }
  }

  async askOverTcp(name: string, type: number): Promise<WireReply> {
    const query = questionOf(1, name, type, PAYLOAD);
    const socket = connect(this.#at);
    let received = Buffer.alloc(0);
    try {
      socket.write(Buffer.concat([Buffer.from([query.length >> 8, query.length & 255]), query]));
      for await (const data of socket) {
        received = Buffer.concat([received, data as Buffer]);
        if (received.length > 2 && received.length >= 2 + received.readUInt16BE(0))
          return readReply(received.subarray(2));
      }
      throw new Error(`no answer over TCP for ${name}`);
    } finally {
      socket.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#again);
    this.#socket.close();
  }

  #freeId(): number {
    do this.#id = (this.#id + 1) & 0xffff;
    while (this.#open.has(this.#id));
    return this.#id;
  }
}
