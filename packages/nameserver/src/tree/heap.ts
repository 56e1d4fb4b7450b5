/** Bytes that an address counts, and that room is given in: those of a number of 32 bits. */
const UNIT = Int32Array.BYTES_PER_ELEMENT;
const UNIT_BITS = 2;
/** Units of a chunk, 1 MiB. */
const CHUNK_BITS = 18;
const CHUNK_UNITS = 1 << CHUNK_BITS;
const CHUNK_BYTES = CHUNK_UNITS * UNIT;
/** Units at the very beginning that are nobody's, so that 0 is no address. */
const NOWHERE = 1;

/** Up to here a piece has the units that it needs and no more: half a KiB. */
const EXACT_UNITS = 128;

/** Where something stands; 0: nowhere. */
export type Address = number;

/**
 * Pieces of bytes of any length in large chunks, outside the garbage collector's heap. A piece that is let go is used
 * again for one of the same number of units: values of one kind are about as long as each other.
 */
export class Heap {
  readonly #chunks: Buffer[];
  /** The same memory as numbers, which a Buffer would put together from their bytes. */
  readonly #numbers: Int32Array[];
  /** The first free piece of each number of units; each free piece holds the address of the next one. */
  readonly #free: Map<number, Address>;
  /** Where the part of the last chunk begins that was never used, in units. */
  #unused: number;

  constructor(chunks: Buffer[] = [], free = new Map<number, Address>(), unused = NOWHERE) {
    this.#chunks = chunks;
    this.#numbers = chunks.map(numbersIn);
    this.#free = free;
    this.#unused = unused;
  }

  /** Room for so many bytes; what is in it is not defined. */
  allocate(bytes: number): Address {
    const units = unitsOf(bytes);
    const free = this.#free.get(units) ?? 0;
    if (free === 0) return this.#extend(units);
    this.#free.set(units, this.number(free, 0));
    return free;
  }

  /** @param bytes as it was allocated with */
  free(address: Address, bytes: number): void {
    const units = unitsOf(bytes);
    this.setNumber(address, 0, this.#free.get(units) ?? 0);
    this.#free.set(units, address);
  }

  /** The memory that a piece is in; it begins at `offsetOf` its address. */
  chunkOf(address: Address): Buffer {
    return this.#chunks[address >>> CHUNK_BITS] as Buffer;
  }

  /** One of the numbers of 32 bits that a piece is made of. */
  number(address: Address, at: number): number {
    return (this.#numbers[address >>> CHUNK_BITS] as Int32Array)[unitWithin(address) + at] as number;
  }

  setNumber(address: Address, at: number, value: number): void {
    (this.#numbers[address >>> CHUNK_BITS] as Int32Array)[unitWithin(address) + at] = value;
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
    for (let at = 0; at < count; at += 1) {
      const rest = chunk.subarray(at * CHUNK_BYTES);
      this.#chunks.push(rest);
      this.#numbers.push(numbersIn(rest));
    }
  }
}

/** In bytes from the beginning of its chunk. */
export function offsetOf(address: Address): number {
  return unitWithin(address) << UNIT_BITS;
}

/** From the beginning of its chunk. */
function unitWithin(address: Address): number {
  return address & (CHUNK_UNITS - 1);
}

function numbersIn({ buffer, byteOffset, byteLength }: Buffer): Int32Array {
  return new Int32Array(buffer, byteOffset, byteLength / UNIT);
}

/**
 * Of longer pieces there are eight lengths between one power of two and the next: were each used again for its own length
 * alone, one value that is put again and again with more in it would take the room of all that it ever was.
 */
function unitsOf(bytes: number): number {
  const units = (bytes + UNIT - 1) >>> UNIT_BITS;
  if (units <= EXACT_UNITS) return units;
  const step = 1 << (28 - Math.clz32(units));
  return (units + step - 1) & -step;
}
