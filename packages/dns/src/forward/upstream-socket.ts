import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import type { SocketAddress } from '@callsign/daemon';
import { isOversized, readAnswer } from './upstream-answer.ts';

/** What becomes of a question that was sent over UDP. */
export interface Waiter {
  /** The whole question, with an id of its own. */
  readonly query: Buffer;
  answered(answer: Buffer | 'truncated'): void;
  /** A message has come that is no answer to it, or is none at all. */
  dropped(): void;
  unreachable(cause: unknown): void;
}

const IDS = 65_536;
/** Questions that one socket takes: a guess has to hit the port number of one that is waited for, not of all. */
const MOST = 64;

/**
 * A socket of a few questions to one upstream, which the kernel gives a port number at random (RFC 5452, 9.2). A
 * connected socket hears its peer alone, and of a closed port at once. It closes itself when no more are to come and
 * nothing is waited for.
 */
export class UpstreamSocket {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiter>();
  /** Until it is connected; then there are none. */
  #unsent: Buffer[] | undefined = [];
  #asked = 0;
  #full = false;
  #closed = false;

  constructor({ host, port }: SocketAddress) {
    this.#socket = createSocket(isIPv4(host) ? 'udp4' : 'udp6');
    this.#socket.on('message', (bytes) => this.#hear(bytes));
    this.#socket.on('error', (cause) => this.#fail(cause));
    this.#socket.connect(port, host, (error?: Error) => {
      if (error) this.#fail(error);
      else this.#sendUnsent();
    });
  }

  /** It takes no more questions. */
  get full(): boolean {
    return this.#full;
  }

  /** Gives the question an id that none has that is waited for, and sends it. */
  ask(waiter: Waiter): void {
    let id = randomInt(IDS);
    while (this.#waiting.has(id)) id = randomInt(IDS);
    waiter.query.writeUInt16BE(id, 0);
    this.#waiting.set(id, waiter);
    this.#asked += 1;
    this.#full ||= this.#asked === MOST;
    if (this.#unsent === undefined) this.#send(waiter.query);
    else this.#unsent.push(waiter.query);
  }

  /** Nobody waits for it any more. */
  forget(waiter: Waiter): void {
    const id = waiter.query.readUInt16BE(0);
    if (this.#waiting.get(id) !== waiter) return;
    this.#waiting.delete(id);
    this.#closeWhenDone();
  }

  /** No more questions are to come. */
  finish(): void {
    this.#full = true;
    this.#closeWhenDone();
  }

  #sendUnsent(): void {
    const unsent = this.#unsent ?? [];
    this.#unsent = undefined;
    for (const query of unsent) this.#send(query);
  }

  #send(query: Buffer): void {
    if (!this.#closed) this.#socket.send(query, this.#sent);
  }

  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.#fail(error);
  };

  #hear(bytes: Buffer): void {
    const waiter = bytes.length < 2 ? undefined : this.#waiting.get(bytes.readUInt16BE(0));
    if (waiter === undefined) return;
    const { query } = waiter;
    const answer = readAnswer(query, bytes);
    if (answer === undefined) {
      waiter.dropped();
      return;
    }
    this.forget(waiter);
    waiter.answered(isOversized(query, bytes) ? 'truncated' : answer);
  }

  /** What befalls the socket befalls everything that was asked by it. */
  #fail(cause: unknown): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.finish();
    for (const waiter of waiting) waiter.unreachable(cause);
  }

  #closeWhenDone(): void {
    if (!this.#full || this.#waiting.size > 0 || this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
}
