/** Puts a text that arrives in pieces together to lines. */
export class Lines {
  readonly #most: number;
  #pieces: string[] = [];
  #waiting = 0;

  /** @param most characters that may wait for the end of their line; absent: any number */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  /** @returns the lines that end in this piece. @throws {RangeError} when too much waits for the end of one */
  push(piece: string): readonly string[] {
    this.#pieces.push(piece);
    const lines = piece.includes('\n') ? this.#pieces.join('').split('\n') : [];
    const rest = lines.pop();
    if (rest !== undefined) this.#pieces = [rest];
    this.#waiting = rest?.length ?? this.#waiting + piece.length;
    if (this.#waiting > this.#most) throw new RangeError(`a line is longer than ${this.#most} characters`);
    return lines;
  }
}
