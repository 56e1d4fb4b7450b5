/** Things that answers may depend on; those beyond share the last one, which changes for all of them. */
const MOST = 1 << 22;
const BYTES = 4;

/**
 * Versions of things that answers are made from, in shared memory: an answer that was made under a stamp is true as
 * long as the stamp's version has not changed since. One writer, any number of readers.
 */
export class Stamps {
  /** The stamp that changes with every other one: for answers that were made from several things. */
  static readonly ANY = 0;
  /** The stamp that never changes: for answers that are the same for ever. */
  static readonly NEVER = 1;
  readonly memory: SharedArrayBuffer;
  readonly #versions: Int32Array;
  readonly #free: number[] = [];
  #last: number = Stamps.NEVER;

  constructor(memory = new SharedArrayBuffer(MOST * BYTES)) {
    this.memory = memory;
    this.#versions = new Int32Array(memory);
  }

  /** A stamp for something new. */
  take(): number {
    const freed = this.#free.pop();
    if (freed !== undefined) return freed;
    if (this.#last < MOST - 1) this.#last += 1;
    return this.#last;
  }

  /** The thing is no more. Its stamp goes on from the version that it has, so nothing old becomes true again. */
  release(stamp: number): void {
    this.change(stamp);
    if (stamp < MOST - 1) this.#free.push(stamp);
  }

  /** Whatever was made under it is true no longer. */
  change(stamp: number): void {
    Atomics.add(this.#versions, stamp, 1);
    Atomics.add(this.#versions, Stamps.ANY, 1);
  }

  version(stamp: number): number {
    return Atomics.load(this.#versions, stamp);
  }
}

/** What an answer was made from. */
export interface Anchor {
  /** The stamp under which answers made from it are kept. */
  stamp(stamps: Stamps): number;
}

/**
 * An anchor that can change. It takes its stamp when the first answer is kept; until then a change costs nothing. It
 * has one at a time: what was kept under another's is true no longer.
 */
export class Stamped implements Anchor {
  #stamps: Stamps | undefined;
  #stamp = 0;

  stamp(stamps: Stamps): number {
    if (this.#stamps !== stamps) {
      this.gone();
      this.#stamps = stamps;
      this.#stamp = stamps.take();
    }
    return this.#stamp;
  }

  /** Nothing that was made from it is true any longer. */
  changed(): void {
    this.#stamps?.change(this.#stamp);
  }

  /** There will be nothing more made from it. */
  gone(): void {
    this.#stamps?.release(this.#stamp);
    this.#stamps = undefined;
  }
}

/** Both at once. Each takes a stamp, for otherwise nobody would hear of its changes. */
export function joined(a: Anchor, b: Anchor): Anchor {
  if (a === b) return a;
  return {
    stamp: (stamps) => {
      a.stamp(stamps);
      b.stamp(stamps);
      return Stamps.ANY;
    },
  };
}
