import { type ListenAt, listenError, type Part, type SocketAddress } from '@callsign/daemon';
import type { Responder } from '../responder.ts';
import { letEngineGiveWay } from './engine-threads.ts';
import { Lane } from './lane.ts';
import { close, shutdown } from './libc.ts';
import { adoptUdpSocket, openUdpSocket, type UdpSocket } from './udp-socket.ts';
import type { Workers } from './workers.ts';

const SHUT_RDWR = 2;

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

  /** Questions that were dropped because too many waited for this thread already. */
  get dropped(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.dropped, 0);
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
