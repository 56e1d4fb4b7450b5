/** Bytes of a key. */
export const SIPHASH_KEY = 16;

const WORD = 8;

/** Where each of the four state words begins: low half, then high half. */
const V0 = 0;
const V1 = 2;
const V2 = 4;
const V3 = 6;

/** The state before the key goes in (section 2.1 of the paper): "somepseudorandomlygeneratedbytes". */
const START = new Int32Array([
  ...[0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261],
  ...[0x6e657261, 0x6c796765, 0x79746573, 0x74656462],
]);

/**
 * SipHash-2-4 with a result of 64 bits (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012). A 64-bit
 * word is two halves here: JavaScript's own 64-bit integers cost an allocation for every step.
 */
export class SipHash {
  readonly #start = START.slice();
  readonly #state = new Int32Array(WORD);
  readonly #last = Buffer.alloc(WORD);

  /** @param key 16 bytes */
  constructor(key: Buffer) {
    for (const word of [V0, V2]) xorWord(this.#start, word, key, 0);
    for (const word of [V1, V3]) xorWord(this.#start, word, key, WORD);
  }

  /** Writes the hash of `input[0..length)` to `into[at..at + 8)`, least significant byte first. */
  digest(input: Buffer, length: number, into: Buffer, at: number): void {
    this.#state.set(this.#start);
    const whole = length - (length % WORD);
    for (let word = 0; word < whole; word += WORD) this.#compress(input, word);
    this.#last.fill(0);
    input.copy(this.#last, 0, whole, length);
    this.#last[WORD - 1] = length & 255;
    this.#compress(this.#last, 0);
    this.#finish(into, at);
  }

  #compress(input: Buffer, at: number): void {
    const state = this.#state;
    xorWord(state, V3, input, at);
    round(state);
    round(state);
    xorWord(state, V0, input, at);
  }

  #finish(into: Buffer, at: number): void {
    const state = this.#state;
    state[V2] = (state[V2] as number) ^ 0xff;
    for (let left = 4; left > 0; left -= 1) round(state);
    xor(state, V0, V1);
    xor(state, V2, V3);
    xor(state, V0, V2);
    into.writeInt32LE(state[V0] as number, at);
    into.writeInt32LE(state[V0 + 1] as number, at + 4);
  }
}

/** One SipRound (figure 2.1 of the paper). */
function round(v: Int32Array): void {
  mix(v, V0, V1, 13);
  swap(v, V0);
  mix(v, V2, V3, 16);
  mix(v, V0, V3, 21);
  mix(v, V2, V1, 17);
  swap(v, V2);
}

/** Adds b to a, turns b left by some bits, and takes a into it. */
function mix(v: Int32Array, a: number, b: number, bits: number): void {
  const low = (v[b] as number) >>> 0;
  const high = v[b + 1] as number;
  const sum = ((v[a] as number) >>> 0) + low;
  v[a] = sum;
  v[a + 1] = (v[a + 1] as number) + high + (sum > 0xffff_ffff ? 1 : 0);
  v[b] = (low << bits) | (high >>> (32 - bits));
  v[b + 1] = (high << bits) | (low >>> (32 - bits));
  xor(v, b, a);
}

/** Turns a word by 32 bits. */
function swap(v: Int32Array, a: number): void {
  const low = v[a] as number;
  v[a] = v[a + 1] as number;
  v[a + 1] = low;
}

function xor(v: Int32Array, a: number, b: number): void {
  v[a] = (v[a] as number) ^ (v[b] as number);
  v[a + 1] = (v[a + 1] as number) ^ (v[b + 1] as number);
}

function xorWord(v: Int32Array, a: number, bytes: Buffer, at: number): void {
  v[a] = (v[a] as number) ^ bytes.readInt32LE(at);
  v[a + 1] = (v[a + 1] as number) ^ bytes.readInt32LE(at + 4);
}
