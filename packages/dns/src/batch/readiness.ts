import { epollControl, epollCreate, epollWait } from './libc.ts';

const CLOEXEC = 0o2000000;
const CONTROL_ADD = 1;
const IN = 1;
/** Sockets that one wait tells of. */
const MOST = 64;
/** struct epoll_event: packed on x86-64 alone (epoll_ctl(2)). */
const EVENT = process.arch === 'x64' ? { size: 12, data: 4 } : { size: 16, data: 8 };

/** One sleep for many sockets: until one of them has something to take. */
export class Readiness {
  /** Whoever made it closes it. */
  readonly fd = epollCreate(CLOEXEC);
  readonly #events = Buffer.alloc(MOST * EVENT.size);
  readonly #event = Buffer.alloc(EVENT.size);

  /** A socket that is closed is waited for no longer. @param token what `token` tells it by */
  add(fd: number, token: number): void {
    this.#event.writeUInt32LE(IN, 0);
    this.#event.writeUInt32LE(token, EVENT.data);
    epollControl(this.fd, CONTROL_ADD, fd, this.#event);
  }

  /** Sleeps. @returns how many sockets have something; 0 when `ms` milliseconds are over, or a signal came */
  wait(ms: number): number {
    return Math.max(0, epollWait(this.fd, this.#events, MOST, ms));
  }

  /** Which socket the i-th of them is. */
  token(at: number): number {
    return this.#events.readUInt32LE(at * EVENT.size + EVENT.data);
  }
}
