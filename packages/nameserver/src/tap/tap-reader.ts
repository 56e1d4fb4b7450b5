import { connect, type Socket } from 'node:net';
import { CallsignError } from '@callsign/daemon';
import { CONTROL, READY, readControlFrame, START, STOP } from './frames.ts';
import { formatTapAddress, type TapAddress } from './tap-address.ts';

/** Milliseconds that a reader has for its word, at the beginning and at the end. */
const PATIENCE = 2_000;

/**
 * Whoever reads our frames, at the other end of one connection. Connected, it hears READY and says ACCEPT, gets START
 * and the frames, hears STOP and says FINISH.
 */
export class TapReader {
  readonly #at: TapAddress;
  readonly #socket: Socket;
  readonly #onChange: () => void;
  #received: Buffer = Buffer.alloc(0);
  #state: 'opening' | 'open' | 'finished' = 'opening';
  #fault: CallsignError | undefined;

  /** @param onChange told whenever something here is not what it was */
  constructor(at: TapAddress, onChange: () => void) {
    this.#at = at;
    this.#onChange = onChange;
    const socket = at.kind === 'unix' ? connect(at.path) : connect(at.port, at.host);
    socket.setTimeout(PATIENCE, () => this.#fail('did not say in time what it should have said'));
    socket.once('connect', () => socket.write(READY));
    socket.on('data', (data) => this.#receive(data));
    socket.on('drain', onChange);
    socket.once('error', (cause) => this.#fail('cannot be reached', cause));
    socket.once('close', () => this.#fail('has closed the connection'));
    this.#socket = socket;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** It has read everything. */
  get isFinished(): boolean {
    return this.#state === 'finished';
  }

  /** It has yet to take what it was sent before. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain;
  }

  /** @throws {CallsignError} DNSTAP_FAILED when it is not there any more */
  check(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  send(frames: Buffer): void {
    this.#socket.write(frames);
  }

  stop(): void {
    this.#socket.setTimeout(PATIENCE);
    this.#socket.write(STOP);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    try {
      const read = readControlFrame(this.#received);
      if (read === undefined) return;
      this.#received = this.#received.subarray(read.length);
      this.#hear(read.frame.type, read.frame.takesDnstap);
    } catch (error) {
      this.#fail('does not speak Frame Streams', error);
    }
  }

  #hear(type: number, takesDnstap: boolean): void {
    if (type === CONTROL.FINISH && this.isOpen) this.#become('finished');
    else if (type === CONTROL.ACCEPT && takesDnstap && this.#state === 'opening') {
      this.#socket.write(START);
      this.#become('open');
    } else this.#fail('takes no protobuf:dnstap.Dnstap');
  }

  /** From here on it may be silent. */
  #become(state: 'open' | 'finished'): void {
    this.#state = state;
    this.#socket.setTimeout(0);
    this.#onChange();
  }

  /** The first fault is the cause of those that follow. */
  #fail(what: string, cause?: unknown): void {
    this.#fault ??= new CallsignError(
      'DNSTAP_FAILED',
      `the dnstap reader at ${formatTapAddress(this.#at)} ${what}`,
      {
        retryable: true,
        cause,
      },
    );
    this.#onChange();
  }
}
