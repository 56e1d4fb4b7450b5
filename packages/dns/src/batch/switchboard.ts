import { AddressTexts } from './address-texts.ts';
import { Datagrams, MSG_DONTWAIT } from './datagrams.ts';
import { Descriptors } from './descriptors.ts';
import type { Handover } from './handover.ts';
import { addressOf, ORIGIN } from './origin.ts';
import { Readiness } from './readiness.ts';
import { connectUdpSocket } from './udp-socket.ts';

/** What the clients' socket is told by; lines have higher numbers. */
const CLIENTS = 0;
/** Lines at one time. */
export const MOST_LINES = 64;

/**
 * All by which a worker's relay touches the world: **lines**, which are connected sockets to others, one sleep for them
 * and for the clients' socket, the way back to clients, and the way to the main thread. Moves whole batches, decides
 * nothing.
 */
export class Switchboard {
  readonly #clients: number;
  readonly #handover: Handover;
  readonly #lines = new Datagrams();
  readonly #back = new Datagrams();
  readonly #readiness = new Readiness();
  readonly #descriptors: Descriptors;
  readonly #texts = new AddressTexts();

  /** For the lines and for the sleep. */
  static descriptorMemory(): SharedArrayBuffer {
    return Descriptors.memory(MOST_LINES + 1);
  }

  /** @param descriptors of whoever had this place before */
  constructor(clients: number, handover: Handover, descriptors: SharedArrayBuffer) {
    this.#clients = clients;
    this.#handover = handover;
    this.#descriptors = new Descriptors(descriptors);
    this.#descriptors.add(this.#readiness.fd);
    this.#readiness.add(clients, CLIENTS);
  }

  /** @param address a struct sockaddr @returns the line's file descriptor; negative where there can be none */
  open(address: Buffer, token: number): number {
    const fd = connectUdpSocket(address);
    if (fd < 0) return fd;
    this.#descriptors.add(fd);
    this.#readiness.add(fd, token);
    return fd;
  }

  hangUp(fd: number): void {
    this.#descriptors.close(fd);
  }

  /** Sleeps for so many milliseconds at most. @returns how many sockets have something to take */
  wait(ms: number): number {
    return this.#readiness.wait(ms);
  }

  /** Which socket the i-th of them is: 0 for the clients', or a line's token. */
  token(at: number): number {
    return this.#readiness.token(at);
  }

  /** Rooms for questions to others, which go out together. */
  get questions(): readonly Buffer[] {
    return this.#lines.replies;
  }

  /** Says how long the question in the i-th room is. */
  addQuestion(at: number, length: number): void {
    this.#lines.addressed(at, length);
  }

  /** @returns false when not all of them could be sent */
  ask(line: number, count: number): boolean {
    return this.#lines.sendAll(line, count, MSG_DONTWAIT);
  }

  /** Takes what has come, into `answers`. @returns how many; negative when the peer cannot be reached */
  hear(line: number): number {
    return this.#lines.receive(line, MSG_DONTWAIT);
  }

  get answers(): readonly Buffer[] {
    return this.#lines.packets;
  }

  answerLength(at: number): number {
    return this.#lines.length(at);
  }

  /** Rooms for replies to clients, which go out together. */
  get replies(): readonly Buffer[] {
    return this.#back.replies;
  }

  /** Says to whom the reply in the i-th room goes, and how long it is. */
  addReply(at: number, origin: Buffer, length: number): void {
    this.#back.answerTo(origin, at, length);
  }

  reply(count: number): void {
    this.#back.send(this.#clients, 0, count);
  }

  /** The address of a client, as text. */
  peer(origin: Buffer): string {
    return this.#texts.of(addressOf(origin));
  }

  /** Leaves a question to the main thread. */
  handOver(origin: Buffer, packet: Buffer, length: number): void {
    this.#handover.push((into, offset) => {
      origin.copy(into, offset);
      packet.copy(into, offset + ORIGIN, 0, length);
      return length;
    });
  }

  close(): void {
    this.#descriptors.close(this.#readiness.fd);
  }
}
