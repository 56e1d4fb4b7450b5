import { close } from './libc.ts';

/**
 * The file descriptors that a thread has opened, in shared memory: what one that failed has left open, the one that takes
 * its place closes.
 */
export class Descriptors {
  readonly #open: Int32Array;

  /** @param most that are open at one time */
  static memory(most: number): SharedArrayBuffer {
    return new SharedArrayBuffer(most * Int32Array.BYTES_PER_ELEMENT);
  }

  constructor(memory: SharedArrayBuffer) {
    this.#open = new Int32Array(memory);
    for (const fd of this.#open) if (fd > 0) this.close(fd);
  }

  add(fd: number): void {
    this.#open[this.#open.indexOf(0)] = fd;
  }

  /** It is forgotten first: were it closed twice, it might be somebody else's by then. */
  close(fd: number): void {
    this.#open[this.#open.indexOf(fd)] = 0;
    close(fd);
  }
}
