import { type Backoff, type Clock, describe, type Log, waitAfter } from '@callsign/daemon';
import { FrameQueue } from './frame-queue.ts';
import { formatTapAddress, type TapAddress } from './tap-address.ts';
import { TapReader } from './tap-reader.ts';

export interface TapStreamOptions {
  readonly at: TapAddress;
  readonly log: Log;
  readonly clock: Clock;
  /** Bytes that may wait for a reader. */
  readonly most?: number;
}

const MOST = 4 << 20;
const BACKOFF: Backoff = { first: 200, most: 10_000 };

/**
 * Payloads on their way to whoever reads them, over a connection that is made again whenever it breaks. Nobody waits
 * for it: what there is no room for is dropped and counted.
 */
export class TapStream {
  readonly #options: TapStreamOptions;
  readonly #queue: FrameQueue;
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** Something has happened: a payload, a word of the reader, the end. */
  #bell = Promise.withResolvers<void>();
  #isRead = false;
  #isTold = false;
  sent = 0;
  dropped = 0;

  constructor(options: TapStreamOptions) {
    this.#options = options;
    this.#queue = new FrameQueue(options.most ?? MOST);
  }

  /** Copies the payload, and never waits. */
  write(payload: Uint8Array): void {
    if (this.#queue.push(payload)) this.#bell.resolve();
    else this.dropped += 1;
  }

  /** Returns at once: nobody has to be there to read. */
  async start(): Promise<void> {
    this.#running = this.#run(this.#closing.signal);
  }

  /** Sends what waits, says that it was the last, and hears that it was read. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#bell.resolve();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await this.#session(signal);
      } catch (error) {
        if (this.#isRead) failures = 0;
        this.#failed(error);
        await this.#options.clock.sleep(waitAfter(failures, BACKOFF), signal).catch(() => undefined);
      }
    }
  }

  async #session(closing: AbortSignal): Promise<void> {
    const reader = new TapReader(this.#options.at, () => this.#bell.resolve());
    try {
      await this.#until(reader, () => reader.isOpen || closing.aborted);
      if (!reader.isOpen) return;
      this.#opened();
      while (!closing.aborted) {
        await this.#until(reader, () => closing.aborted || !(this.#queue.isEmpty || reader.isFull));
        this.#flush(reader);
      }
      reader.stop();
      await this.#until(reader, () => reader.isFinished);
    } finally {
      reader.destroy();
    }
  }

  async #until(reader: TapReader, condition: () => boolean): Promise<void> {
    while (!condition()) {
      await this.#bell.promise;
      this.#bell = Promise.withResolvers();
      reader.check();
    }
  }

  #flush(reader: TapReader): void {
    const frames = this.#queue.take();
    this.sent += frames.length;
    if (frames.length > 0) reader.send(Buffer.concat(frames));
  }

  #opened(): void {
    const { at, log } = this.#options;
    this.#isRead = true;
    this.#isTold = false;
    log.info('dnstap messages are read', { reader: formatTapAddress(at) });
  }

  /** An outage is said once, not with every attempt. */
  #failed(error: unknown): void {
    this.#isRead = false;
    if (this.#isTold) return;
    this.#isTold = true;
    const message = 'nobody reads dnstap messages: the first of them wait, the others are dropped';
    this.#options.log.warn(message, { error: describe(error) });
  }
}
