import { allocate, errno, recvmmsg, sendmmsg } from './libc.ts';
import { ADDRESS, CONTROL, PACKET } from './origin.ts';

/** Datagrams moved by one system call. */
const BATCH = 64;
/** struct mmsghdr and struct iovec of 64-bit Linux. */
const HEADER = 64;
const VECTOR = 16;

/** Offsets in struct mmsghdr. */
const NAME_LENGTH = 8;
const VECTORS = 16;
const VECTOR_COUNT = 24;
const CONTROL_POINTER = 32;
const CONTROL_LENGTH = 40;
const FLAGS = 48;
const LENGTH = 56;

const MSG_TRUNC = 0x20;
/** Does not wait (recv(2)). */
export const MSG_DONTWAIT = 0x40;
const MSG_WAITFORONE = 0x1_0000;

/** Where each part of the block begins. */
const PACKETS = 0;
const REPLIES = PACKETS + BATCH * PACKET;
const ORIGINS = REPLIES + BATCH * PACKET;
const IN_VECTORS = ORIGINS + BATCH * (ADDRESS + CONTROL);
const OUT_VECTORS = IN_VECTORS + BATCH * VECTOR;
const IN_HEADERS = OUT_VECTORS + BATCH * VECTOR;
const OUT_HEADERS = IN_HEADERS + BATCH * HEADER;
const SIZE = OUT_HEADERS + BATCH * HEADER;

/**
 * Room for a batch of datagrams in and as many out, as recvmmsg(2) and sendmmsg(2) want it: headers, vectors,
 * addresses and packets in one block of memory that does not move, laid out once. The i-th reply goes to where the
 * i-th packet came from, and leaves from the address that it was sent to (IP_PKTINFO, ip(7)): the two headers share
 * one address and one control message, the **origin**.
 */
export class Datagrams {
  readonly packets: readonly Buffer[];
  readonly replies: readonly Buffer[];
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #base: bigint;
  #received = BATCH;

  constructor() {
    const { memory, address } = allocate(SIZE);
    this.#bytes = Buffer.from(memory);
    this.#view = new DataView(memory);
    this.#base = address;
    this.packets = this.#buffers(PACKETS);
    this.replies = this.#buffers(REPLIES);
    for (let at = 0; at < BATCH; at += 1) {
      this.#lay(at, IN_HEADERS, IN_VECTORS, PACKETS);
      this.#lay(at, OUT_HEADERS, OUT_VECTORS, REPLIES);
    }
  }

  /** Waits for a datagram and takes what else has come. @returns how many; a negative errno(3) for a failure */
  receive(fd: number, flags = 0): number {
    for (let at = 0; at < this.#received; at += 1) this.#makeRoom(IN_HEADERS + at * HEADER);
    const count = recvmmsg(fd, this.#base + BigInt(IN_HEADERS), BATCH, MSG_WAITFORONE | flags, 0n);
    this.#received = Math.max(0, count);
    return count < 0 ? -errno() : count;
  }

  /** The length of the i-th packet; 0 for one that was longer than there is room. */
  length(at: number): number {
    const header = IN_HEADERS + at * HEADER;
    const cut = (this.#view.getUint32(header + FLAGS, true) & MSG_TRUNC) !== 0;
    return cut ? 0 : this.#view.getUint32(header + LENGTH, true);
  }

  /** The struct sockaddr that the i-th packet came from. */
  address(at: number): Buffer {
    const origin = ORIGINS + at * (ADDRESS + CONTROL);
    return this.#bytes.subarray(origin, origin + ADDRESS);
  }

  /** Says how long the i-th reply is, which goes back to where the i-th packet came from. */
  answer(at: number, length: number): void {
    const from = IN_HEADERS + at * HEADER;
    const to = OUT_HEADERS + at * HEADER;
    this.#view.setUint32(to + NAME_LENGTH, this.#view.getUint32(from + NAME_LENGTH, true), true);
    this.#view.setUint32(to + CONTROL_LENGTH, this.#view.getUint32(from + CONTROL_LENGTH, true), true);
    this.#view.setUint32(OUT_VECTORS + at * VECTOR + 8, length, true);
  }

  /** Says how long the i-th reply is, which goes to the one peer of a connected socket. */
  addressed(at: number, length: number): void {
    const header = OUT_HEADERS + at * HEADER;
    this.#view.setUint32(header + NAME_LENGTH, 0, true);
    this.#view.setUint32(header + CONTROL_LENGTH, 0, true);
    this.#view.setUint32(OUT_VECTORS + at * VECTOR + 8, length, true);
  }

  /** Copies where the i-th packet came from: {@link ORIGIN} bytes. */
  readOrigin(at: number, into: Buffer, offset: number): void {
    const header = IN_HEADERS + at * HEADER;
    into.writeUInt32LE(this.#view.getUint32(header + NAME_LENGTH, true), offset);
    into.writeUInt32LE(this.#view.getUint32(header + CONTROL_LENGTH, true), offset + 4);
    const origin = ORIGINS + at * (ADDRESS + CONTROL);
    this.#bytes.copy(into, offset + 8, origin, origin + ADDRESS + CONTROL);
  }

  /** Makes the i-th reply, of this length, one to an origin that was read before. */
  answerTo(origin: Buffer, at: number, length: number): void {
    const header = OUT_HEADERS + at * HEADER;
    this.#view.setUint32(header + NAME_LENGTH, origin.readUInt32LE(0), true);
    this.#view.setUint32(header + CONTROL_LENGTH, origin.readUInt32LE(4), true);
    origin.copy(this.#bytes, ORIGINS + at * (ADDRESS + CONTROL), 8);
    this.#view.setUint32(OUT_VECTORS + at * VECTOR + 8, length, true);
  }

  /** Sends the replies from the `from`th to before the `to`th; one that cannot be sent is passed over. */
  send(fd: number, from: number, to: number, flags = 0): void {
    for (let at = from; at < to; ) {
      const sent = sendmmsg(fd, this.#base + BigInt(OUT_HEADERS + at * HEADER), to - at, flags);
      at += Math.max(1, sent);
    }
  }

  /** Sends the first `count` replies, up to one that cannot be sent. @returns true when all of them were */
  sendAll(fd: number, count: number, flags = 0): boolean {
    return count === 0 || sendmmsg(fd, this.#base + BigInt(OUT_HEADERS), count, flags) === count;
  }

  #buffers(start: number): Buffer[] {
    return Array.from({ length: BATCH }, (_, at) => {
      const from = start + at * PACKET;
      return this.#bytes.subarray(from, from + PACKET);
    });
  }

  #lay(at: number, headers: number, vectors: number, packets: number): void {
    const header = headers + at * HEADER;
    const vector = vectors + at * VECTOR;
    const origin = ORIGINS + at * (ADDRESS + CONTROL);
    this.#point(header, origin);
    this.#point(header + VECTORS, vector);
    this.#view.setUint32(header + VECTOR_COUNT, 1, true);
    this.#point(header + CONTROL_POINTER, origin + ADDRESS);
    this.#point(vector, packets + at * PACKET);
    this.#view.setUint32(vector + 8, PACKET, true);
  }

  #point(at: number, offset: number): void {
    this.#view.setBigUint64(at, this.#base + BigInt(offset), true);
  }

  /** The kernel writes what it used; it reads what there is. */
  #makeRoom(header: number): void {
    this.#view.setUint32(header + NAME_LENGTH, ADDRESS, true);
    this.#view.setUint32(header + CONTROL_LENGTH, CONTROL, true);
    this.#view.setUint32(header + FLAGS, 0, true);
  }
}
