import { parentPort, workerData } from 'node:worker_threads';
import { type BatchExchange, type BatchResponder, PASS } from '../responder.ts';
import { AddressTexts } from './address-texts.ts';
import { Datagrams, MSG_DONTWAIT } from './datagrams.ts';
import { Handover } from './handover.ts';
import { ORIGIN } from './origin.ts';
import { Switchboard } from './switchboard.ts';
import { takeShortSlices } from './time-slice.ts';

/** What a worker is started with. */
export interface WorkerStart {
  readonly fd: number;
  /** The URL of a module that exports a `createResponder`, and what that is called with. */
  readonly module: string;
  readonly data: unknown;
  readonly handover: SharedArrayBuffer;
  /** Of those who ask others. */
  readonly descriptors: SharedArrayBuffer;
  /** Its first number is not 0 when the worker is to end. */
  readonly stop: Int32Array;
}

/** What a module has to export for workers to answer by it. */
export interface ResponderModule {
  /** @param switchboard opened by those who ask others */
  createResponder(data: unknown, switchboard: () => Switchboard): BatchResponder;
}

/** Who has asked the question that is being answered. A worker passes on whatever has to be waited for. */
class Client implements BatchExchange {
  readonly transport = 'udp';
  readonly #datagrams: Datagrams;
  readonly #texts = new AddressTexts();
  /** Which packet of the batch is being answered. */
  at = 0;

  constructor(datagrams: Datagrams) {
    this.#datagrams = datagrams;
  }

  /** Looked at for few questions, so it is worked out when it is. */
  get peer(): string {
    return this.#texts.of(this.#datagrams.address(this.at));
  }

  readOrigin(into: Buffer): void {
    this.#datagrams.readOrigin(this.at, into, 0);
  }

  defer(): never {
    throw new Error('a worker does not wait: PASS');
  }
}

/** What a worker has. */
interface Desk {
  readonly fd: number;
  readonly responder: BatchResponder;
  readonly handover: Handover;
  readonly datagrams: Datagrams;
  readonly client: Client;
}

/**
 * The whole life of a worker: take a batch, answer each question in place, send. There is no event loop in here; it
 * sleeps in the system call, for clients alone unless others have been asked. What the responder passes on goes to
 * the main thread, which sends the reply itself.
 */
function serve(desk: Desk, stop: Int32Array): void {
  const { outward } = desk.responder;
  while (Atomics.load(stop, 0) === 0) {
    const waits = outward?.waits === true;
    if (!waits || outward.wait()) serveBatch(desk, waits ? MSG_DONTWAIT : 0);
    outward?.flush();
  }
  outward?.close();
}

function serveBatch(desk: Desk, flags: number): void {
  const count = desk.datagrams.receive(desk.fd, flags);
  const began = performance.now();
  const replies = answerBatch(desk, count);
  if (replies > 0) desk.responder.sent(replies, performance.now() - began);
}

/** @returns how many replies were sent */
function answerBatch(desk: Desk, count: number): number {
  const { fd, datagrams } = desk;
  let replies = 0;
  for (let at = 0, from = 0; at < count; at += 1) {
    if (answer(desk, at)) {
      replies += 1;
      if (at === count - 1) datagrams.send(fd, from, count);
      continue;
    }
    if (at > from) datagrams.send(fd, from, at);
    from = at + 1;
  }
  return replies;
}

/** @returns true when there is a reply to send */
function answer({ datagrams, client, responder, handover }: Desk, at: number): boolean {
  const packet = datagrams.packets[at] as Buffer;
  const size = datagrams.length(at);
  client.at = at;
  const length = responder.respond(packet, size, datagrams.replies[at] as Buffer, client);
  if (length > 0) datagrams.answer(at, length);
  if (length === PASS) handOver(datagrams, at, size, handover);
  return length > 0;
}

function handOver(datagrams: Datagrams, at: number, size: number, handover: Handover): void {
  handover.push((into, offset) => {
    datagrams.readOrigin(at, into, offset);
    (datagrams.packets[at] as Buffer).copy(into, offset + ORIGIN, 0, size);
    return size;
  });
}

const { fd, module, data, stop, descriptors, ...start } = workerData as WorkerStart;
const { createResponder } = (await import(module)) as ResponderModule;
const handover = new Handover(start.handover);
const responder = createResponder(data, () => new Switchboard(fd, handover, descriptors));
const datagrams = new Datagrams();
takeShortSlices();
parentPort?.postMessage('begun');
serve({ fd, responder, handover, datagrams, client: new Client(datagrams) }, stop);
