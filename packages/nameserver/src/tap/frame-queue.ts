import { dataFrame } from './frames.ts';

/** Frames that wait for somebody to read them, as many as there is room for. */
export class FrameQueue {
  readonly #most: number;
  #frames: Buffer[] = [];
  #bytes = 0;

  /** @param most bytes that may wait */
  constructor(most: number) {
    this.#most = most;
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  /** @returns false when there is no room for it */
  push(payload: Uint8Array): boolean {
    const frame = dataFrame(payload);
    if (this.#bytes + frame.length > this.#most) return false;
    this.#frames.push(frame);
    this.#bytes += frame.length;
    return true;
  }

  /** All that wait. */
  take(): readonly Buffer[] {
    const frames = this.#frames;
    this.#frames = [];
    this.#bytes = 0;
    return frames;
  }
}
