import {
  allocate,
  bind,
  close,
  errno,
  poll,
  recvmmsg,
  sendmmsg,
  setsockopt,
  socket,
} from '../../packages/dns/src/batch/libc.ts';

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_TIMESTAMPNS = 35;
const BUFFER = 4 << 20;
const MSG_DONTWAIT = 0x40;
const POLLIN = 1;
const FEW_MS = 5;

const BATCH = 64;
const PACKET = 2_048;
const HEADER = 64;
const VECTOR = 16;
const ADDRESS = 16;
/** A control message of a length, a level, a type and a `struct timespec` (cmsg(3)). */
const CONTROL = 32;
const CONTROL_HEADER = 16;

/**
 * One client's socket that asks in batches: up to 64 questions or answers for one system call. Knows nothing of DNS.
 * The kernel notes when each answer came, so that it does not matter when this program finds the time to look.
 */
export class BatchClient {
  readonly received: readonly Buffer[];
  readonly #questions: readonly Buffer[];
  readonly #view: DataView;
  readonly #base: bigint;
  readonly #fd: number;

  constructor(port: number) {
    const { memory, address } = allocate(ADDRESS + BATCH * (2 * (PACKET + HEADER + VECTOR) + CONTROL));
    this.#view = new DataView(memory);
    this.#base = address;
    this.#writeAddress(port);
    this.#questions = this.#layOut(0);
    this.received = this.#layOut(1);
    this.#fd = openSocket();
  }

  /** The buffer for the i-th question of the next batch. */
  question(at: number): Buffer {
    return this.#questions[at] as Buffer;
  }

  /** Sends the first questions, each of its length. @returns how many the kernel took */
  send(lengths: readonly number[], count: number): number {
    for (let at = 0; at < count; at += 1)
      this.#view.setUint32(this.#vector(0, at) + 8, lengths[at] as number, true);
    return Math.max(0, sendmmsg(this.#fd, this.#address(this.#header(0, 0)), count, 0));
  }

  /** Waits until one of them has something to receive, a few milliseconds at most. */
  static wait(clients: readonly BatchClient[]): void {
    poll(Int32Array.from(clients.flatMap((client) => [client.#fd, POLLIN])), clients.length, FEW_MS);
  }

  /** Takes what has come, without waiting. @returns how many answers there are in `received` */
  receive(): number {
    for (let at = 0; at < BATCH; at += 1) {
      this.#view.setUint32(this.#header(1, at) + 8, 0, true);
      this.#view.setBigUint64(this.#header(1, at) + 40, BigInt(CONTROL), true);
    }
    return Math.max(0, recvmmsg(this.#fd, this.#address(this.#header(1, 0)), BATCH, MSG_DONTWAIT, 0n));
  }

  length(at: number): number {
    return this.#view.getUint32(this.#header(1, at) + 56, true);
  }

  /** When it came, on the clock of `performance.now()`; milliseconds. */
  arrival(at: number): number {
    const time = this.#control(at) + CONTROL_HEADER;
    const seconds = Number(this.#view.getBigInt64(time, true));
    const nanoseconds = Number(this.#view.getBigInt64(time + 8, true));
    return seconds * 1_000 - performance.timeOrigin + nanoseconds / 1e6;
  }

  close(): void {
    close(this.#fd);
  }

  #layOut(direction: 0 | 1): Buffer[] {
    return Array.from({ length: BATCH }, (_, at) => {
      const packet = this.#packet(direction, at);
      const header = this.#header(direction, at);
      const vector = this.#vector(direction, at);
      this.#view.setBigUint64(vector, this.#address(packet), true);
      this.#view.setUint32(vector + 8, PACKET, true);
      if (direction === 0) {
        this.#view.setBigUint64(header, this.#base, true);
        this.#view.setUint32(header + 8, ADDRESS, true);
      }
      this.#view.setBigUint64(header + 16, this.#address(vector), true);
      this.#view.setUint32(header + 24, 1, true);
      if (direction === 1) this.#view.setBigUint64(header + 32, this.#address(this.#control(at)), true);
      return Buffer.from(this.#view.buffer as ArrayBuffer, packet, PACKET);
    });
  }

  #writeAddress(port: number): void {
    this.#view.setUint16(0, AF_INET, true);
    this.#view.setUint16(2, port);
    this.#view.setUint32(4, 0x7f00_0001);
  }

  #packet(direction: number, at: number): number {
    return ADDRESS + (direction * BATCH + at) * PACKET;
  }

  #header(direction: number, at: number): number {
    return ADDRESS + 2 * BATCH * PACKET + (direction * BATCH + at) * HEADER;
  }

  #vector(direction: number, at: number): number {
    return ADDRESS + 2 * BATCH * (PACKET + HEADER) + (direction * BATCH + at) * VECTOR;
  }

  #control(at: number): number {
    return ADDRESS + 2 * BATCH * (PACKET + HEADER + VECTOR) + at * CONTROL;
  }

  #address(offset: number): bigint {
    return this.#base + BigInt(offset);
  }
}

function openSocket(): number {
  const fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) throw new Error(`no socket: errno ${errno()}`);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, Int32Array.of(BUFFER), 4);
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, Int32Array.of(1), 4);
  const any = Buffer.alloc(ADDRESS);
  any.writeUInt16LE(AF_INET, 0);
  any.set([127, 0, 0, 1], 4);
  if (bind(fd, any, ADDRESS) < 0) throw new Error(`no port number: errno ${errno()}`);
  return fd;
}
