/** Numbers of one chunk: what a column grows by. */
const BITS = 14;
const CHUNK = 1 << BITS;
const WITHIN = CHUNK - 1;

/**
 * A row of whole numbers of 32 bits that grows without being copied, in memory that no garbage collector looks
 * through. What was never set is 0.
 */
export class Column {
  readonly #chunks: Int32Array[];

  constructor(chunks: Int32Array[] = []) {
    this.#chunks = chunks;
  }

  get(at: number): number {
    return this.#chunks[at >>> BITS]?.[at & WITHIN] ?? 0;
  }

  set(at: number, value: number): void {
    while (this.#chunks.length <= at >>> BITS) this.#chunks.push(new Int32Array(CHUNK));
    (this.#chunks[at >>> BITS] as Int32Array)[at & WITHIN] = value;
  }

  add(at: number, step: number): void {
    this.set(at, this.get(at) + step);
  }

  copy(): Column {
    return new Column(this.#chunks.map((chunk) => chunk.slice()));
  }
}
