/**
 * Words: a number that is even when what stands behind is whole; place; after how many batches the main thread has its
 * turn; bytes of the address.
 */
const VERSION = 0;
const PLACE = 1;
const EVERY = 2;
const LENGTH = 3;
const ADDRESS_AT = 4;
/** Of a struct sockaddr_in6 there are 28. */
const MOST_ADDRESS = 28;

/** Where threads send their questions to. */
export interface Direction {
  /** A struct sockaddr. */
  readonly address: Buffer;
  /** Where what is seen of this upstream is counted. */
  readonly place: number;
  /** After so many batches a question is for the main thread, which compares upstreams by it; 0: there is but one. */
  readonly every: number;
}

/** The upstream that is best to ask now, in shared memory: the main thread says so, the others read it. */
export class Signpost {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #address: Uint8Array;

  constructor(memory = new SharedArrayBuffer(4 * ADDRESS_AT + MOST_ADDRESS)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, ADDRESS_AT);
    this.#address = new Uint8Array(memory, 4 * ADDRESS_AT);
  }

  /** Changes with every other direction. */
  get version(): number {
    return Atomics.load(this.#words, VERSION);
  }

  /** @param direction absent: nobody is to be asked */
  point(direction?: Direction): void {
    Atomics.add(this.#words, VERSION, 1);
    this.#words[PLACE] = direction?.place ?? 0;
    this.#words[EVERY] = direction?.every ?? 0;
    this.#words[LENGTH] = direction?.address.length ?? 0;
    this.#address.set(direction?.address ?? []);
    Atomics.add(this.#words, VERSION, 1);
  }

  /** @returns undefined when nobody is to be asked, or that is just being changed */
  read(): Direction | undefined {
    const version = this.version;
    const { [PLACE]: place = 0, [EVERY]: every = 0, [LENGTH]: length = 0 } = this.#words;
    const address = Buffer.from(this.#address.subarray(0, length));
    // Not a mere load: processors may let plain reads before one overtake it.
    const isWhole = version % 2 === 0 && version === Atomics.add(this.#words, VERSION, 0);
    return length > 0 && isWhole ? { address, place, every } : undefined;
  }
}
