import type { Responder } from '../responder.ts';
import { Datagrams, MSG_DONTWAIT } from './datagrams.ts';
import { Handover } from './handover.ts';
import { LaneExchange } from './lane-exchange.ts';
import { addressOf } from './origin.ts';
import { portNumber } from './socket-address.ts';
import { Succession } from './succession.ts';
import { Switchboard } from './switchboard.ts';
import type { UdpSocket } from './udp-socket.ts';
import type { Workers } from './workers.ts';

/** Questions taken from a worker before anything else has its turn in this thread. */
const AT_ONCE = 64;

/** One worker at a time, its socket, and what it hands over. */
export class Lane {
  readonly #fd: number;
  readonly #responder: Responder;
  readonly #stop: Int32Array;
  readonly #handover = new Handover();
  readonly #outbox = new Datagrams();
  readonly #exchange: LaneExchange;
  readonly #succession: Succession;
  #filled = 0;
  #late: NodeJS.Immediate | undefined;

  constructor({ fd, address }: UdpSocket, responder: Responder, workers: Workers, stop: Int32Array) {
    this.#fd = fd;
    this.#exchange = new LaneExchange(address.port, (origin, reply) => this.#send(origin, reply));
    this.#responder = responder;
    this.#stop = stop;
    const descriptors = Switchboard.descriptorMemory();
    this.#succession = new Succession(workers, { fd, handover: this.#handover.memory, descriptors, stop });
  }

  async start(): Promise<void> {
    void this.#serveHandedOver();
    await this.#succession.start();
  }

  /** Questions that its worker could not hand over. */
  get dropped(): number {
    return this.#handover.dropped;
  }

  get #stopping(): boolean {
    return Atomics.load(this.#stop, 0) !== 0;
  }

  /** Resolves when its worker has ended. */
  async close(): Promise<void> {
    await this.#succession.close();
    this.#handover.wake();
  }

  async #serveHandedOver(): Promise<void> {
    const each = (origin: Buffer, packet: Buffer) => this.#answer(origin, packet);
    while (!this.#stopping) {
      const taken = this.#handover.take(AT_ONCE, each);
      this.#flush();
      if (taken === AT_ONCE) await new Promise(setImmediate);
      else await this.#handover.waiting();
    }
  }

  #answer(origin: Buffer, packet: Buffer): void {
    // Port 0 is nobody's: an answer there could only be an error.
    if (portNumber(addressOf(origin)) === 0) return;
    this.#exchange.origin = origin;
    const reply = this.#outbox.replies[this.#filled] as Buffer;
    const length = this.#responder.respond(packet, packet.length, reply, this.#exchange);
    if (length > 0) this.#post(origin, length);
  }

  #post(origin: Buffer, length: number): void {
    this.#outbox.answerTo(origin, this.#filled, length);
    this.#filled += 1;
    if (this.#filled === this.#outbox.replies.length) this.#flush();
  }

  #flush(): void {
    if (this.#filled > 0) this.#outbox.send(this.#fd, 0, this.#filled, MSG_DONTWAIT);
    this.#filled = 0;
  }

  /** A reply that had to be waited for. */
  #send(origin: Buffer, reply: Uint8Array): void {
    if (this.#stopping) return;
    const into = this.#outbox.replies[this.#filled] as Buffer;
    if (reply.length > into.length) return;
    into.set(reply);
    this.#post(origin, reply.length);
    this.#late ??= setImmediate(() => this.#flushLate());
  }

  /** Replies that became ready in one turn of the event loop go by one system call. */
  #flushLate(): void {
    this.#late = undefined;
    if (!this.#stopping) this.#flush();
  }
}
