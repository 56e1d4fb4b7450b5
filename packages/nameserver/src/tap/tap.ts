import { type Clock, FineClock, type Log, type Part } from '@callsign/daemon';
import type { Exchange, Responder, UpstreamExchange } from '@callsign/dns';
import { Overheard } from '../answer/overheard.ts';
import { DnstapEncoder, MESSAGE_TYPE, type TapIdentity, type TapMessage } from './dnstap.ts';
import type { TapAddress } from './tap-address.ts';
import { TapStream } from './tap-stream.ts';

export interface TapOptions {
  readonly at: TapAddress;
  readonly identity: TapIdentity;
  readonly log: Log;
  readonly clock: Clock;
}

/** Tells a reader of all messages between us and clients, and between us and upstreams, in dnstap's terms. */
export class Tap implements Part {
  readonly name = 'dnstap';
  readonly #stream: TapStream;
  readonly #encoder: DnstapEncoder;
  readonly #clock: FineClock;

  constructor({ identity, ...options }: TapOptions) {
    this.#stream = new TapStream(options);
    this.#encoder = new DnstapEncoder(identity);
    this.#clock = new FineClock(options.clock);
  }

  /** Messages that were sent to the reader, and those there was no room for. */
  get counts(): { readonly sent: number; readonly dropped: number } {
    return this.#stream;
  }

  start(): Promise<void> {
    return this.#stream.start();
  }

  close(): Promise<void> {
    return this.#stream.close();
  }

  /** The same responder, overheard. */
  around(inner: Responder): Responder {
    return {
      respond: (query, length, reply, exchange) => {
        const note = this.#heard(query.subarray(0, length), exchange);
        const written = inner.respond(query, length, reply, new Overheard(exchange, note));
        if (written > 0) note(reply.subarray(0, written));
        return written;
      },
    };
  }

  /** @returns what is to be told of the reply */
  #heard(query: Buffer, exchange: Exchange): (reply: Buffer) => void {
    const { transport, peer: address, peerPort: port, asked: own } = exchange;
    const client = { transport, address, port, own, queryTime: this.#clock.now() };
    this.#tell({ ...client, type: MESSAGE_TYPE.CLIENT_QUERY, bytes: query });
    return (bytes) => {
      this.#tell({ ...client, type: MESSAGE_TYPE.CLIENT_RESPONSE, responseTime: this.#clock.now(), bytes });
    };
  }

  /** To be told of what has passed between us and an upstream when it is over. */
  forwarded({ at, over: transport, query, answer, ms }: UpstreamExchange): void {
    const responseTime = this.#clock.now();
    const upstream = { transport, address: at.host, port: at.port, queryTime: responseTime - ms };
    this.#tell({ ...upstream, type: MESSAGE_TYPE.FORWARDER_QUERY, bytes: query });
    if (answer === undefined) return;
    this.#tell({ ...upstream, type: MESSAGE_TYPE.FORWARDER_RESPONSE, responseTime, bytes: answer });
  }

  #tell(message: TapMessage): void {
    this.#stream.write(this.#encoder.encode(message));
  }
}
