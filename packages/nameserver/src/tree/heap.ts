/** Bytes that an address counts, and that room is given in. */
const UNIT = 8;
const UNIT_BITS = 3;
/** Units of a chunk, 1 MiB. */
const CHUNK_BITS = 17;
const CHUNK_UNITS = 1 << CHUNK_BITS;
const CHUNK_BYTES = CHUNK_UNITS * UNIT;
/** Units at the very beginning that are nobody's, so that 0 is no address. */
const NOWHERE = 1;

/** Where something stands; 0: nowhere. */
export type Address = number;

/**
 * Pieces of bytes of any length in large chunks, outside the garbage collector's heap. A piece that is let go is used
 * again for one of the same number of units: values of one kind are about as long as each other.
 */
export class Heap {
  readonly #chunks: Buffer[];
  /** The first free piece of each number of units; each free piece holds the address of the next one. */
  readonly #free: Map<number, Address>;
  /** Where the part of the last chunk begins that was never used, in units. */
  #unused: number;

  constructor(chunks: Buffer[] = [], free = new Map<number, Address>(), unused = NOWHERE) {
    this.#chunks = chunks;
    this.#free = free;
    this.#unused = unused;
  }

  /** Room for so many bytes; what is in it is not defined. */
  allocate(bytes: number): Address {
    const units = unitsOf(bytes);
    const free = this.#free.get(units) ?? 0;
    if (free === 0) return this.#extend(units);
    this.#free.set(units, this.chunkOf(free).readUInt32LE(offsetOf(free)));
    return free;
  }

  /** @param bytes as it was allocated with */
  free(address: Address, bytes: number): void {
    const units = unitsOf(bytes);
    this.chunkOf(address).writeUInt32LE(this.#free.get(units) ?? 0, offsetOf(address));
    this.#free.set(units, address);
  }

  /** The memory that a piece is in; it begins at `offsetOf` its address. */
  chunkOf(address: Address): Buffer {
    return this.#chunks[address >>> CHUNK_BITS] as Buffer;
  }

  copy(): Heap {
    const chunks = this.#chunks.map((chunk) => Buffer.from(chunk));
    return new Heap(chunks, new Map(this.#free), this.#unused);
  }

  #extend(units: number): Address {
    const end = this.#chunks.length * CHUNK_UNITS;
    if (this.#unused + units > end) {
      this.#unused = Math.max(end, this.#unused);
      this.#addChunk(units);
    }
    const address = this.#unused;
    this.#unused += units;
    return address;
  }

  /** No piece lies across chunks: one that is longer than they are gets a longer one, which counts as several. */
  #addChunk(units: number): void {
    const count = Math.ceil((units + NOWHERE) / CHUNK_UNITS);
    const chunk = Buffer.allocUnsafeSlow(count * CHUNK_BYTES);
    for (let at = 0; at < count; at += 1) this.#chunks.push(chunk.subarray(at * CHUNK_BYTES));
  }
}

/** In bytes from the beginning of its chunk. */
export function offsetOf(address: Address): number {
  return (address & (CHUNK_UNITS - 1)) << UNIT_BITS;
}

function unitsOf(bytes: number): number {
  return (bytes + UNIT - 1) >>> UNIT_BITS;
}
