import { type Clock, isAbort } from '@callsign/daemon';

/** A call that is to be made when its time has come. */
export class Timer {
  readonly due: number;
  #call: (() => void) | undefined;

  constructor(due: number, call: () => void) {
    this.due = due;
    this.#call = call;
  }

  get cancelled(): boolean {
    return this.#call === undefined;
  }

  cancel(): void {
    this.#call = undefined;
  }

  fire(): void {
    this.#call?.();
  }
}

/**
 * Very many timers that hardly ever fire, over one sleep of the clock: to set one or to cancel it is next to nothing. A
 * heap, the next one first; what was cancelled is passed over when its time comes.
 */
export class Timers {
  readonly #clock: Clock;
  readonly #heap: Timer[] = [];
  #sleep = new AbortController();
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(ms: number, call: () => void): Timer {
    const timer = new Timer(this.#clock.monotonic() + ms, call);
    this.#push(timer);
    if (timer.due < this.#wakeAt) this.#sleepUntil(timer.due);
    return timer;
  }

  /** None of them fires any more. */
  close(): void {
    this.#heap.length = 0;
    this.#sleep.abort();
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  #sleepUntil(due: number): void {
    this.#sleep.abort();
    this.#sleep = new AbortController();
    this.#wakeAt = due;
    this.#clock.sleep(Math.max(0, due - this.#clock.monotonic()), this.#sleep.signal).then(
      () => this.#wake(),
      (error) => {
        if (!isAbort(error)) throw error;
      },
    );
  }

  #wake(): void {
    this.#wakeAt = Number.POSITIVE_INFINITY;
    for (let next = this.#heap[0]; next !== undefined; next = this.#heap[0]) {
      if (!next.cancelled && next.due > this.#clock.monotonic()) {
        this.#sleepUntil(next.due);
        return;
      }
      this.#pop();
      next.fire();
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    for (let above = (at - 1) >> 1; at > 0 && (heap[above] as Timer).due > timer.due; above = (at - 1) >> 1) {
      heap[at] = heap[above] as Timer;
      at = above;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Timer;
    if (heap.length === 0) return;
    let at = 0;
    for (let below = 1; below < heap.length; below = 2 * at + 1) {
      const right = heap[below + 1];
      if (right !== undefined && right.due < (heap[below] as Timer).due) below += 1;
      if ((heap[below] as Timer).due >= last.due) break;
      heap[at] = heap[below] as Timer;
      at = below;
    }
    heap[at] = last;
  }
}
