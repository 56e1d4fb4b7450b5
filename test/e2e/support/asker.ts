import { createSocket, type Socket } from 'node:dgram';
import type { SocketAddress } from '@callsign/daemon';
import { type DecodedPacket, decode, encode } from 'dns-packet';
import { eventually } from '../../support/wait.ts';

/** Questions a second: enough to meet every gap that a person would notice, and few enough to be no load. */
const RATE = 100;
/** What has no answer by then has none. */
const PATIENCE_MS = 2_000;
/** Answers to see before and after the work that is judged. */
const ENOUGH = 20;

/** A service that stays up, and the only address that it may ever be answered with. */
export interface Stayed {
  readonly server: SocketAddress;
  readonly name: string;
  readonly address: string;
}

export interface Verdict {
  /** How many got no answer or SERVFAIL, which is allowed while the nameserver itself is away. */
  readonly unanswered: number;
  /** NXDOMAIN, no address, or another address: never allowed. */
  readonly wrong: readonly string[];
}

/** Asks for a service all the while that `work` goes on, and judges every answer. */
export async function whileAsking(stayed: Stayed, work: () => Promise<void>): Promise<Verdict> {
  const asker = new Asker(stayed);
  try {
    await asker.hears(ENOUGH);
    await work();
    await asker.hears(ENOUGH);
    return await asker.verdict();
  } finally {
    asker.close();
  }
}

/** One question over and over, as a busy client asks it. */
export class Asker {
  readonly #stayed: Stayed;
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Map<number, number>();
  readonly #wrong: string[] = [];
  #asked = 0;
  #right = 0;
  #unanswered = 0;

  constructor(stayed: Stayed) {
    this.#stayed = stayed;
    this.#socket = createSocket('udp4', (bytes) => this.#hear(decode(bytes)));
    this.#socket.on('error', () => undefined); // "connection refused": the question stays open
    this.#timer = setInterval(() => this.#ask(), 1_000 / RATE);
  }

  /** Waits for so many right answers more. */
  async hears(more: number): Promise<void> {
    const wanted = this.#right + more;
    await eventually(() => {
      if (this.#right < wanted)
        throw new Error(`${this.#stayed.name} is not answered: ${this.#wrong.at(-1)}`);
    });
  }

  /** Asks no more, and waits for the answers to what was asked. */
  async verdict(): Promise<Verdict> {
    clearInterval(this.#timer);
    await eventually(() => {
      this.#giveUp();
      if (this.#open.size > 0) throw new Error(`${this.#open.size} questions are open`);
    });
    return { unanswered: this.#unanswered, wrong: this.#wrong };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  #ask(): void {
    const id = this.#asked++ & 0xffff;
    const question = { type: 'A', class: 'IN', name: this.#stayed.name } as const;
    const { port, host } = this.#stayed.server;
    this.#open.set(id, performance.now());
    this.#socket.send(encode({ type: 'query', id, flags: 0x0100, questions: [question] }), port, host);
    // Not before what has come meanwhile is heard: starting many programs at once keeps this process from listening.
    setImmediate(() => this.#giveUp());
  }

  #hear(packet: DecodedPacket): void {
    const { id = -1, rcode, answers = [] } = packet as DecodedPacket & { readonly rcode: string };
    if (!this.#open.delete(id)) return;
    const found = answers.map((record) => (record.type === 'A' ? record.data : record.type)).join();
    if (rcode === 'NOERROR' && found === this.#stayed.address) this.#right += 1;
    else if (rcode === 'SERVFAIL') this.#unanswered += 1;
    else this.#wrong.push(`${rcode} ${found}`);
  }

  /** Questions are kept in the order in which they were asked. */
  #giveUp(): void {
    const before = performance.now() - PATIENCE_MS;
    for (const [id, asked] of this.#open) {
      if (asked > before) return;
      this.#open.delete(id);
      this.#unanswered += 1;
    }
  }
}
