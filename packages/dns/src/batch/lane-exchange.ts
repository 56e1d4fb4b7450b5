import type { SocketAddress } from '@callsign/daemon';
import type { Exchange } from '../responder.ts';
import { AddressTexts } from './address-texts.ts';
import { addressOf, controlOf, ORIGIN } from './origin.ts';
import { destinationOf } from './packet-info.ts';
import { portNumber } from './socket-address.ts';

/** The way back of a question that a worker has handed over. */
export class LaneExchange implements Exchange {
  readonly transport = 'udp';
  readonly #texts = new AddressTexts();
  readonly #port: number;
  readonly #send: (origin: Buffer, reply: Uint8Array) => void;
  origin: Buffer = Buffer.alloc(ORIGIN);

  /** @param port the number of ours that it was sent to */
  constructor(port: number, send: (origin: Buffer, reply: Uint8Array) => void) {
    this.#port = port;
    this.#send = send;
  }

  get peer(): string {
    return this.#texts.of(addressOf(this.origin));
  }

  get peerPort(): number {
    return portNumber(addressOf(this.origin));
  }

  /** Worked out for those who want it. */
  get asked(): SocketAddress | undefined {
    const host = destinationOf(controlOf(this.origin), this.origin.readUInt32LE(4));
    return host === undefined ? undefined : { host, port: this.#port };
  }

  defer(): (reply: Uint8Array) => void {
    const origin = Buffer.from(this.origin);
    return (reply) => this.#send(origin, reply);
  }
}
