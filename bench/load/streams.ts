import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { Ledger } from './ledger.ts';
import { type Load, type LoadResult, summed } from './load.ts';
import { Questions } from './questions.ts';

/** More than a question and its length ever take. */
const ROOM = 300;
const PREFIX = 2;

/** Asks a server over TCP or TLS, dozens of questions under way on each connection, and looks at every answer. */
export async function runStreams(load: Load): Promise<LoadResult> {
  const questions = Questions.of(load.questions);
  const all = await Promise.all(Array.from({ length: load.sockets }, () => Stream.open(load, questions)));
  const began = performance.now();
  for (const stream of all) stream.start();
  await sleep(load.seconds * 1_000);
  const seconds = (performance.now() - began) / 1_000;
  for (const stream of all) stream.close();
  return summed(
    all.map(({ ledger }) => ledger),
    seconds,
  );
}

/** One connection: for each answer that comes one more question goes, all that can in one write. */
class Stream {
  readonly ledger: Ledger;
  readonly #socket: Socket;
  readonly #inFlight: number;
  #rest: Buffer = Buffer.alloc(0);

  static async open(load: Load, questions: Questions): Promise<Stream> {
    const at = { host: '127.0.0.1', port: load.port };
    const tls = { ...at, rejectUnauthorized: false, ALPNProtocols: ['dot'] };
    const socket = load.over === 'tls' ? connectTls(tls) : connectTcp(at);
    await once(socket, load.over === 'tls' ? 'secureConnect' : 'connect');
    return new Stream(socket.setNoDelay(true), load, questions);
  }

  constructor(socket: Socket, load: Load, questions: Questions) {
    this.#socket = socket;
    this.#inFlight = load.inFlight;
    this.ledger = new Ledger(questions, load);
    socket.on('data', (data: Buffer) => this.#hear(data));
    // What a server that hangs up still owes is lost.
    socket.on('error', () => undefined).once('close', () => this.ledger.giveUp());
  }

  start(): void {
    this.#ask(this.#inFlight);
  }

  /** What is still under way is nobody's loss. */
  close(): void {
    this.#socket.removeAllListeners('close').removeAllListeners('data').destroy();
  }

  #ask(count: number): void {
    const bytes = Buffer.allocUnsafe(count * ROOM);
    let end = 0;
    for (let at = 0; at < count; at += 1) {
      const length = this.ledger.write(at, bytes, end + PREFIX, 0);
      bytes.writeUInt16BE(length, end);
      end += PREFIX + length;
    }
    this.ledger.sent(count);
    this.#socket.write(bytes.subarray(0, end));
  }

  #hear(data: Buffer): void {
    const bytes = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    let at = 0;
    while (at + PREFIX <= bytes.length) {
      const length = bytes.readUInt16BE(at);
      if (at + PREFIX + length > bytes.length) break;
      this.ledger.hear(bytes, at + PREFIX, length, 0);
      at += PREFIX + length;
    }
    this.#rest = bytes.subarray(at);
    const room = this.#inFlight - this.ledger.underWay;
    if (room > 0) this.#ask(room);
  }
}
