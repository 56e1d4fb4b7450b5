import { createSocket, type Socket } from 'node:dgram';
import type { SocketAddress } from '@callsign/daemon';
import { decode, encode } from 'dns-packet';

const EVERY_MS = 1;
/** A registrar that has just been started reads a large store before it puts anything. */
const PATIENCE_MS = 120_000;

/** What a question was answered with. */
export interface Heard {
  readonly rcode: string;
  readonly addresses: readonly string[];
}

/** Asks one name every millisecond until the answer is the one that is waited for. */
export class Probe {
  readonly #server: SocketAddress;
  readonly #socket: Socket;

  private constructor(server: SocketAddress, socket: Socket) {
    this.#server = server;
    this.#socket = socket;
  }

  static async open(server: SocketAddress): Promise<Probe> {
    const socket = createSocket('udp4');
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.bind(0, resolve);
    await promise;
    socket.on('error', () => undefined);
    return new Probe(server, socket);
  }

  /** @returns the time, in milliseconds since the epoch, at which the awaited answer arrived */
  async until(name: string, awaited: (heard: Heard) => boolean): Promise<number> {
    const question = encode({ type: 'query', id: 1, flags: 0x0100, questions: [{ type: 'A', name }] });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const hear = (bytes: Buffer) => {
      const at = performance.timeOrigin + performance.now();
      if (awaited(heardIn(bytes, name))) resolve(at);
    };
    this.#socket.on('message', hear);
    const asking = setInterval(
      () => this.#socket.send(question, this.#server.port, this.#server.host),
      EVERY_MS,
    );
    const late = setTimeout(() => reject(new Error(`${name} was not answered as awaited`)), PATIENCE_MS);
    try {
      return await promise;
    } finally {
      clearInterval(asking);
      clearTimeout(late);
      this.#socket.off('message', hear);
    }
  }

  close(): void {
    this.#socket.close();
  }
}

/** Answers to an earlier question that come late count for nothing. */
function heardIn(bytes: Buffer, name: string): Heard {
  const message = decode(bytes) as ReturnType<typeof decode> & { rcode: string };
  if (message.questions?.[0]?.name !== name) return { rcode: 'OTHER', addresses: [] };
  const addresses = (message.answers ?? []).flatMap((answer) => (answer.type === 'A' ? [answer.data] : []));
  return { rcode: message.rcode, addresses };
}
