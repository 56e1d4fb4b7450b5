import { randomInt } from 'node:crypto';
import type { SocketAddress } from '@callsign/daemon';
import type { Timers } from './timers.ts';
import { UpstreamSocket, type Waiter } from './upstream-socket.ts';

/** Sockets that take questions at the same time; chance says which of them takes one. */
const SOCKETS = 8;
/** Milliseconds for which a socket takes questions: who finds its port number out has little time to use it. */
const LIFETIME = 1_000;

/**
 * The sockets by which one upstream is asked. To open one costs more than a question, so that many questions share
 * some; questions that come one by one hardly ever do.
 */
export class UpstreamSockets {
  readonly #at: SocketAddress;
  readonly #timers: Timers;
  readonly #sockets = new Map<number, UpstreamSocket>();

  constructor(at: SocketAddress, timers: Timers) {
    this.#at = at;
    this.#timers = timers;
  }

  /** @returns what ends the wait for its answer */
  ask(waiter: Waiter): () => void {
    const place = randomInt(SOCKETS);
    const open = this.#sockets.get(place);
    const socket = open === undefined || open.full ? this.#open(place) : open;
    socket.ask(waiter);
    return () => socket.forget(waiter);
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.finish();
  }

  #open(place: number): UpstreamSocket {
    const socket = new UpstreamSocket(this.#at);
    this.#sockets.set(place, socket);
    this.#timers.after(LIFETIME, () => socket.finish());
    return socket;
  }
}
