import { type ListenAt, listenError, type Part, type SocketAddress } from '@callsign/daemon';
import type { Exchange, Responder } from '../responder.ts';
import { AddressTexts } from './address-texts.ts';
import { Datagrams } from './datagrams.ts';
import { letEngineGiveWay } from './engine-threads.ts';
import { Handover } from './handover.ts';
import { close, shutdown } from './libc.ts';
import { addressOf, controlOf, ORIGIN } from './origin.ts';
import { destinationOf } from './packet-info.ts';
import { portNumber } from './socket-address.ts';
import { Succession } from './succession.ts';
import { adoptUdpSocket, openUdpSocket, type UdpSocket } from './udp-socket.ts';
import type { Workers } from './workers.ts';

const SHUT_RDWR = 2;
const MSG_DONTWAIT = 0x40;
/** Questions taken from a worker before anything else has its turn in this thread. */
const AT_ONCE = 64;

/**
 * Answers DNS over UDP on one address with a thread for each core: every thread has a socket of its own, between
 * which the kernel shares the clients out, and moves whole batches of datagrams by one system call. A socket that was
 * bound before us is one for all of them. What a thread passes on is answered here by the other responder.
 */
export class BatchListener implements Part {
  readonly name = 'dns/udp';
  readonly #at: ListenAt;
  readonly #responder: Responder;
  readonly #workers: Workers;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  readonly #sockets: UdpSocket[] = [];
  readonly #lanes: Lane[] = [];

  /** @param responder answers what the workers pass on */
  constructor(at: ListenAt, responder: Responder, workers: Workers) {
    this.#at = at;
    this.#responder = responder;
    this.#workers = workers;
  }

  /** Where it listens, once started. */
  get address(): SocketAddress {
    return (this.#sockets[0] as UdpSocket).address;
  }

  async start(): Promise<void> {
    const { threads } = this.#workers;
    this.#open(threads);
    letEngineGiveWay();
    for (let at = 0; at < threads; at += 1) {
      const socket = this.#sockets[at % this.#sockets.length] as UdpSocket;
      this.#lanes.push(new Lane(socket, this.#responder, this.#workers, this.#stop));
    }
    const begun = await Promise.allSettled(this.#lanes.map((lane) => lane.start()));
    const failed = begun.find(({ status }) => status === 'rejected');
    if (failed === undefined) return;
    await this.close();
    throw (failed as PromiseRejectedResult).reason;
  }

  /** A worker sees the sign as soon as its system call returns, which the shutdown makes it do. */
  async close(): Promise<void> {
    Atomics.store(this.#stop, 0, 1);
    const sockets = this.#sockets.splice(0);
    for (const { fd, passed } of sockets) if (!passed) shutdown(fd, SHUT_RDWR);
    await Promise.all(this.#lanes.splice(0).map((lane) => lane.close()));
    for (const { fd } of sockets) close(fd);
  }

  #open(threads: number): void {
    const { fd, host, port } = this.#at;
    if (fd !== undefined) this.#sockets.push(adoptUdpSocket(fd, { host, port }));
    else this.#bind(threads);
  }

  #bind(threads: number): void {
    let at = { host: this.#at.host || '::', port: this.#at.port };
    try {
      for (let left = threads; left > 0; left -= 1) {
        const socket = openUdpSocket(at);
        this.#sockets.push(socket);
        at = socket.address;
      }
    } catch (error) {
      for (const { fd } of this.#sockets.splice(0)) close(fd);
      throw listenError('DNS over UDP', '--dns', this.#at, error);
    }
  }
}

/** One worker at a time, its socket, and what it hands over. */
class Lane {
  readonly #fd: number;
  readonly #responder: Responder;
  readonly #stop: Int32Array;
  readonly #handover = new Handover();
  readonly #outbox = new Datagrams();
  readonly #exchange: HandedOver;
  readonly #succession: Succession;
  #filled = 0;
  #late: NodeJS.Immediate | undefined;

  constructor({ fd, address }: UdpSocket, responder: Responder, workers: Workers, stop: Int32Array) {
    this.#fd = fd;
    this.#exchange = new HandedOver(address.port, (origin, reply) => this.#send(origin, reply));
    this.#responder = responder;
    this.#stop = stop;
    this.#succession = new Succession(workers, { fd, handover: this.#handover.memory, stop });
  }

  async start(): Promise<void> {
    void this.#serveHandedOver();
    await this.#succession.start();
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

/** The way back of a question that a worker has handed over. */
class HandedOver implements Exchange {
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
