import type { SocketAddress } from '@callsign/daemon';
import type { Exchange, ReplyStream, Transport } from '@callsign/dns';

/**
 * An exchange whose late reply is noted before it goes out. A transfer's stream is not: it has many messages, and log
 * lines of its own.
 */
export class Overheard implements Exchange {
  readonly transport: Transport;
  readonly signed: boolean;
  readonly stream?: () => ReplyStream;
  readonly #inner: Exchange;
  readonly #note: (reply: Buffer) => void;

  constructor(inner: Exchange, note: (reply: Buffer) => void) {
    this.transport = inner.transport;
    this.signed = inner.signed ?? false;
    this.#inner = inner;
    this.#note = note;
    if (inner.stream !== undefined) this.stream = inner.stream.bind(inner);
  }

  get peer(): string {
    return this.#inner.peer;
  }

  get peerPort(): number | undefined {
    return this.#inner.peerPort;
  }

  get asked(): SocketAddress | undefined {
    return this.#inner.asked;
  }

  defer(): (reply: Uint8Array) => void {
    const send = this.#inner.defer();
    return (reply) => {
      this.#note(Buffer.from(reply.buffer, reply.byteOffset, reply.length));
      send(reply);
    };
  }
}
