import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { SocketAddress } from '@callsign/daemon';
import { encodeQuestion, FLAG, ForwardedQuestion, LATER, PASS, Relays, TYPE } from '@callsign/dns';
import {
  type BatchExchange,
  ForwardedKey,
  Query,
  Relay,
  type RelayMemory,
  ReplyOptions,
  ServerCookies,
} from '@callsign/dns/hot';
import { ManualClock } from '../../../test/support/clock.ts';
import { freePort } from '../../../test/support/ports.ts';
import { eventually } from '../../../test/support/wait.ts';
import { Datagrams } from '../src/batch/datagrams.ts';
import { Handover } from '../src/batch/handover.ts';
import { close } from '../src/batch/libc.ts';
import { Switchboard } from '../src/batch/switchboard.ts';
import { openUdpSocket, type UdpSocket } from '../src/batch/udp-socket.ts';
import { badvers, echo } from './responders.ts';

const MSG_DONTWAIT = 0x40;
const BYTES = 1 << 20;

interface Heard {
  readonly bytes: Buffer;
  readonly from: AddressInfo;
}

/** A socket of the test's own that keeps what it hears. */
class Ear {
  readonly heard: Heard[] = [];
  readonly #socket: Socket = createSocket('udp4');

  static async open(): Promise<Ear> {
    const ear = new Ear();
    ear.#socket.bind(0, '127.0.0.1');
    ear.#socket.on('message', (bytes, from) =>
      ear.heard.push({ bytes, from: from as unknown as AddressInfo }),
    );
    await once(ear.#socket, 'listening');
    return ear;
  }

  get at(): SocketAddress {
    return { host: '127.0.0.1', port: this.#socket.address().port };
  }

  /** Resolves when it has left: on loopback it has arrived then. */
  async send(bytes: Buffer, port: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.send(bytes, port, '127.0.0.1', () => resolve());
    await promise;
  }

  /** What it has heard, once there is so much. */
  async has(count: number): Promise<Heard[]> {
    await eventually(() => assert.equal(this.heard.length, count));
    return this.heard;
  }

  async reply({ from }: Heard, bytes: Buffer): Promise<void> {
    await this.send(bytes, from.port);
  }

  close(): void {
    this.#socket.close();
  }
}

/** What a worker does, turn by turn, in the test's own thread: real sockets, and time that the test moves. */
class Turns {
  readonly clock = new ManualClock();
  readonly relays: Relays;
  readonly socket: UdpSocket = openUdpSocket({ host: '127.0.0.1', port: 0 });
  readonly relayed: number[] = [];
  /** Thrown at the next reply. */
  fault: Error | undefined;
  readonly #memory: RelayMemory;
  #relay: Relay;
  readonly #datagrams = new Datagrams();
  readonly #handover = new Handover();
  readonly #descriptors = Switchboard.descriptorMemory();
  readonly #query = new Query();
  readonly #key = new ForwardedKey();

  constructor(bytes = BYTES) {
    this.relays = new Relays({
      threads: 1,
      ownNames: ['docker.', 'arpa.'],
      bytes,
      allBytes: bytes,
      bounds: [0.1],
      clock: this.clock,
    });
    this.#memory = this.relays.another();
    this.#relay = this.#begin();
  }

  /** Another one takes the place of the relay, which has not been closed. */
  replace(): void {
    this.#relay = this.#begin();
  }

  #begin(): Relay {
    return new Relay(this.#memory, {
      switchboard: new Switchboard(this.socket.fd, this.#handover, this.#descriptors),
      replyOptions: new ReplyOptions(new ServerCookies([Buffer.alloc(16)]), 'node1'),
      events: { relayed: (_query, rcode) => this.#count(rcode) },
      clock: this.clock,
    });
  }

  #count(rcode: number): void {
    if (this.fault !== undefined) throw this.fault;
    this.relayed.push(rcode);
  }

  get waits(): boolean {
    return this.#relay.waits;
  }

  /** Takes what clients have sent. @returns what becomes of each question */
  take(): number[] {
    const count = this.#datagrams.receive(this.socket.fd, MSG_DONTWAIT);
    const verdicts = Array.from({ length: Math.max(0, count) }, (_, at) => this.#ask(at));
    this.#relay.flush();
    return verdicts;
  }

  #ask(at: number): number {
    const packet = this.#datagrams.packets[at] as Buffer;
    const length = this.#datagrams.length(at);
    assert.equal(this.#query.read(packet, length), 'answer');
    this.#key.take(this.#query);
    const exchange: BatchExchange = {
      transport: 'udp',
      peer: '127.0.0.1',
      readOrigin: (into) => this.#datagrams.readOrigin(at, into, 0),
      defer: () => assert.fail('nothing waits here'),
    };
    return this.#relay.ask(this.#query, length, this.#key, exchange);
  }

  /** @returns true when clients have sent something */
  wait(): boolean {
    return this.#relay.wait();
  }

  /** What was handed over to the main thread since. */
  get handedOver(): Buffer[] {
    const packets: Buffer[] = [];
    this.#handover.take(1_000, (_origin, packet) => void packets.push(Buffer.from(packet)));
    return packets;
  }

  close(): void {
    this.#relay.close();
    close(this.socket.fd);
  }
}

const question = (name: string, id: number, type: number = TYPE.A) => encodeQuestion(id, name, type);

/** The question with an address behind it, as an upstream would say. */
function answerTo(query: Buffer, flags = FLAG.QR | FLAG.RA | FLAG.RD): Buffer {
  const plain = query.subarray(0, -11);
  const answer = Buffer.concat([plain, Buffer.from('c00c000100010000003c0004c0000202', 'hex')]);
  answer.writeUInt16BE(flags, 2);
  answer.writeUInt16BE(1, 6);
  answer.writeUInt16BE(0, 10);
  return answer;
}

const withId = (bytes: Buffer, id: number): Buffer => {
  const other = Buffer.from(bytes);
  other.writeUInt16BE(id, 0);
  return other;
};

describe('a thread that asks an upstream by itself', () => {
  let turns: Turns;
  let upstream: Ear;
  let client: Ear;
  beforeEach(async () => {
    turns = new Turns();
    upstream = await Ear.open();
    client = await Ear.open();
    turns.relays.point({ at: upstream.at, others: false });
  });
  afterEach(() => {
    turns.close();
    upstream.close();
    client.close();
  });

  /** Clients ask, in one batch. */
  const asked = async (...queries: readonly Buffer[]) => {
    for (const query of queries) await client.send(query, turns.socket.address.port);
    return turns.take();
  };
  /** Until nothing is waited for: soon, or something has been lost. */
  const settle = () => {
    for (let left = 20; turns.waits; left -= 1) {
      assert.ok(left > 0, 'an answer does not come');
      turns.wait();
    }
  };
  const ask = async (name = 'www.example.org.', id = 7) => {
    const query = question(name, id);
    assert.deepEqual(await asked(query), [LATER]);
    const heard = (await upstream.has(upstream.heard.length + 1)).at(-1) as Heard;
    return { query, heard };
  };

  it('gives its client what the upstream said, under the client’s id, and keeps it for the main thread', async () => {
    const { query, heard } = await ask();
    await turns.clock.advance(40);
    await upstream.reply(heard, answerTo(heard.bytes));
    assert.equal(turns.wait(), false);
    const [reply] = await client.has(1);
    assert.equal(reply?.bytes.readUInt16BE(0), 7);
    assert.deepEqual(reply?.bytes.subarray(12, 49), answerTo(query).subarray(12));
    assert.deepEqual([turns.waits, turns.handedOver, turns.relayed], [false, [], [0]]);
    const kept = turns.relays.answerTo(new ForwardedQuestion(query));
    assert.deepEqual(kept?.message, answerTo(heard.bytes));
    assert.ok(Math.abs((kept?.since ?? 0) - 40) < 1_000);
    assert.deepEqual([turns.relays.kept('success'), turns.relays.kept('denial')], [1, 0]);
  });

  it('asks under an id of its own, and passes on no options', async () => {
    const { heard, query } = await ask();
    assert.deepEqual(heard.bytes.subarray(2), query.subarray(2));
    const ids = [];
    for (const at of [1, 2, 3]) ids.push((await ask(`n${at}.example.org.`)).heard.bytes.readUInt16BE(0));
    assert.ok(new Set([...ids, 7]).size > 2, `${ids}`);
  });

  for (const [what, verdict, query] of [
    ['a name that is ours', PASS, question('web.docker.', 1)],
    ['our apex', PASS, question('DOCKER.', 1)],
    ['a name that ends alike', LATER, question('web.notdocker.', 1)],
    ['the name of an address', PASS, question('1.0.0.10.in-addr.arpa.', 1, TYPE.PTR)],
    ['the root', LATER, question('.', 1, TYPE.NS)],
    ['any type', PASS, question('www.example.org.', 1, TYPE.ANY)],
    ['type 0', PASS, question('www.example.org.', 1, 0)],
    ['CAA', LATER, question('www.example.org.', 1, TYPE.CAA)],
    ['no recursion', PASS, withFlags(question('www.example.org.', 1), 0)],
    ['another class', PASS, withClass(question('www.example.org.', 1), 3)],
  ] as const) {
    it(`${verdict === PASS ? 'leaves' : 'takes'} a question for ${what}`, async () => {
      assert.deepEqual(await asked(query), [verdict]);
      assert.equal(turns.waits, verdict === LATER);
    });
  }

  it('leaves all questions as long as it is told of no upstream', async () => {
    turns.relays.point({ others: false });
    assert.deepEqual(await asked(question('www.example.org.', 1)), [PASS]);
  });

  it('leaves what is known or under way elsewhere', async () => {
    const other = new ForwardedQuestion(question('www.example.org.', 1));
    const hash = turns.relays.hashOf(other) as number;
    turns.relays.claim(hash);
    assert.deepEqual(await asked(question('www.example.org.', 2)), [PASS]);
    turns.relays.release(hash);
    assert.deepEqual(await asked(question('www.example.org.', 3)), [LATER]);
  });

  it('leaves what it keeps an answer of', async () => {
    const { heard } = await ask();
    await upstream.reply(heard, answerTo(heard.bytes));
    turns.wait();
    assert.deepEqual(await asked(question('WWW.example.org.', 9)), [PASS]);
  });

  it('asks once for all that ask the same meanwhile', async () => {
    const queries = ['www.example.org.', 'WWW.example.org.', 'www.EXAMPLE.org.'].map((name, id) =>
      question(name, id),
    );
    assert.deepEqual(await asked(...queries), [LATER, LATER, LATER]);
    const [heard] = await upstream.has(1);
    assert.deepEqual(await asked(question('www.example.org.', 3)), [LATER]);
    await upstream.reply(heard as Heard, answerTo((heard as Heard).bytes));
    turns.wait();
    const replies = await client.has(4);
    for (const [id, query] of queries.entries()) {
      const own = replies.find(({ bytes }) => bytes.readUInt16BE(0) === id);
      assert.deepEqual(own?.bytes.subarray(12, 33), query.subarray(12, 33));
    }
    assert.equal(upstream.heard.length, 1);
    assert.deepEqual(turns.relayed, [0, 0, 0, 0]);
  });

  it('sends many questions of a batch and takes many answers at once', async () => {
    const queries = Array.from({ length: 60 }, (_, id) => question(`n${id}.example.org.`, id));
    await asked(...queries);
    for (const heard of await upstream.has(60)) await upstream.reply(heard, answerTo(heard.bytes));
    settle();
    const ids = (await client.has(60)).map(({ bytes }) => bytes.readUInt16BE(0));
    assert.deepEqual(
      ids.toSorted((a, b) => a - b),
      [...queries.keys()],
    );
  });

  for (const [what, lie] of [
    ['another id', (bytes: Buffer) => withId(bytes, bytes.readUInt16BE(0) ^ 1)],
    ['another name', (bytes: Buffer) => Buffer.from(bytes).fill('x', 13, 16)],
    ['another type', (bytes: Buffer) => Buffer.from(bytes).fill(28, 30, 31)],
    ['no answer', (bytes: Buffer) => withFlags(bytes, FLAG.RD)],
    ['half a message', (bytes: Buffer) => bytes.subarray(0, -3)],
    ['less than a header', (bytes: Buffer) => bytes.subarray(0, 5)],
    ['more records than there are', (bytes: Buffer) => Buffer.from(bytes).fill(9, 7, 8)],
    ['an OPT record in another section', (bytes: Buffer) => withOptAsAuthority(bytes)],
  ] as const) {
    it(`takes nothing that has ${what}, and waits on`, async () => {
      const { heard } = await ask();
      await upstream.reply(heard, lie(answerTo(heard.bytes)));
      turns.wait();
      assert.deepEqual([turns.waits, turns.relayed], [true, []]);
      await upstream.reply(heard, answerTo(heard.bytes));
      turns.wait();
      assert.deepEqual([turns.waits, turns.relayed, turns.handedOver], [false, [0], []]);
    });
  }

  it('leaves to the main thread what comes to grief here', async () => {
    const { query, heard } = await ask();
    turns.fault = new Error('as asked for');
    await upstream.reply(heard, answerTo(heard.bytes));
    turns.wait();
    assert.deepEqual([turns.waits, turns.handedOver], [false, [query]]);
  });

  it('hears the upstream alone', async () => {
    const { heard } = await ask();
    const stranger = await Ear.open();
    await stranger.send(answerTo(heard.bytes), heard.from.port);
    stranger.close();
    assert.equal(turns.wait(), false);
    assert.deepEqual([turns.waits, turns.relayed], [true, []]);
  });

  it('takes no answer by another socket than that of its question', async () => {
    const all = [];
    // Chance chooses among eight: sooner or later there are two.
    while (new Set(all.map(({ heard }) => heard.from.port)).size < 2)
      all.push(await ask(`n${all.length}.example.org.`));
    const [first] = all as [(typeof all)[number]];
    const other = all.find(({ heard }) => heard.from.port !== first.heard.from.port);
    await upstream.send(answerTo(first.heard.bytes), other?.heard.from.port as number);
    turns.wait();
    assert.deepEqual(turns.relayed, []);
  });

  for (const [what, say] of [
    ['that is cut short', (bytes: Buffer) => answerTo(bytes, FLAG.QR | FLAG.TC)],
    ['that says SERVFAIL', (bytes: Buffer) => echo(bytes, 2)],
    ['that says REFUSED', (bytes: Buffer) => echo(bytes, 5)],
    ['that says BADVERS', (bytes: Buffer) => badvers(bytes)],
    ['that is larger than was asked for', (bytes: Buffer) => large(bytes)],
  ] as const) {
    it(`leaves to the main thread an answer ${what}`, async () => {
      const { query, heard } = await ask();
      await asked(withId(query, 8));
      await upstream.reply(heard, say(heard.bytes));
      turns.wait();
      assert.deepEqual(turns.handedOver, [query, withId(query, 8)]);
      assert.deepEqual([turns.waits, turns.relayed], [false, []]);
    });
  }

  it('leaves to the main thread what is late, and takes no answer to it any more', async () => {
    const { query, heard } = await ask();
    await turns.clock.advance(299);
    const other = await ask('other.example.org.', 9);
    await turns.clock.advance(1);
    turns.wait();
    assert.deepEqual(turns.handedOver, [query]);
    await upstream.reply(heard, answerTo(heard.bytes));
    await upstream.reply(other.heard, answerTo(other.heard.bytes));
    settle();
    assert.deepEqual(
      (await client.has(1)).map(({ bytes }) => bytes.readUInt16BE(0)),
      [9],
    );
  });

  it('leaves everything to the main thread that was asked where nobody listens', async () => {
    turns.relays.point({ at: { host: '127.0.0.1', port: await freePort() }, others: false });
    const queries = [1, 2, 3].map((id) => question(`n${id}.example.org.`, id));
    await asked(...queries);
    settle();
    const left = turns.handedOver;
    assert.deepEqual(left.toSorted(Buffer.compare), queries.toSorted(Buffer.compare));
  });

  it('asks another upstream as soon as it is told of it, and still hears the one before', async () => {
    const { heard } = await ask();
    const next = await Ear.open();
    turns.relays.point({ at: next.at, others: false });
    await asked(question('other.example.org.', 9));
    await next.has(1);
    await upstream.reply(heard, answerTo(heard.bytes));
    turns.wait();
    assert.deepEqual(turns.relayed, [0]);
    next.close();
  });

  it('leaves the main thread a question now and then where there are upstreams to compare', async () => {
    turns.relays.point({ at: upstream.at, others: true });
    const verdicts = [];
    for (let at = 0; at < 130; at += 1) verdicts.push(...(await asked(question(`n${at}.example.org.`, at))));
    assert.deepEqual(
      verdicts.flatMap((verdict, at) => (verdict === PASS ? [at] : [])),
      [0, 64, 128],
    );
  });

  it('takes no more than it has room for', async () => {
    let taken = 0;
    // More than it takes by a hundred: a few look known that are not.
    for (let at = 0; at < 1_124; at += 1) {
      const [verdict] = await asked(question(`n${at}.example.org.`, at));
      if (verdict === LATER) taken += 1;
    }
    assert.equal(taken, 1_024);
    await turns.clock.advance(300);
    turns.wait();
    assert.equal(turns.handedOver.length, 1_000);
    assert.deepEqual(await asked(question('another.example.org.', 1)), [LATER]);
  });

  it('has another port number each second, and after 64 questions', async () => {
    const ports = async (count: number, from: number) => {
      upstream.heard.length = 0;
      let taken = 0;
      for (let at = from; at < from + count; at += 1) {
        const [verdict] = await asked(question(`n${at}.example.org.`, at));
        if (verdict === LATER) taken += 1;
      }
      const heard = await upstream.has(taken);
      for (const one of heard) await upstream.reply(one, answerTo(one.bytes));
      settle();
      return new Set(heard.map(({ from: { port } }) => port));
    };
    const before = await ports(200, 0);
    assert.ok(before.size >= 200 / 64 && before.size <= 8 + 200 / 64, `${before.size}`);
    await turns.clock.advance(1_000);
    const after = await ports(100, 200);
    // The kernel may give out one of them again.
    assert.ok(after.difference(before).size >= after.size - 1, `${[...before]}, then ${[...after]}`);
  });

  it('lets the oldest answers go when there are too many, whose questions it takes again', async () => {
    turns.close();
    turns = new Turns(1 << 17);
    turns.relays.point({ at: upstream.at, others: false });
    const { relays } = turns;
    for (let at = 0; relays.evicted('success') === 0; at += 40) {
      upstream.heard.length = 0;
      const said = await asked(
        ...Array.from({ length: 40 }, (_, n) => question(`n${at + n}.example.org.`, n)),
      );
      // A few look known that are not.
      const taken = said.filter((one) => one === LATER).length;
      for (const heard of await upstream.has(taken)) await upstream.reply(heard, answerTo(heard.bytes));
      settle();
    }
    assert.ok(relays.bytes > 0 && relays.bytes <= 1 << 17, `${relays.bytes}`);
    assert.ok(relays.kept('success') > 100, `${relays.kept('success')}`);
    assert.equal(relays.answerTo(new ForwardedQuestion(question('n0.example.org.', 1))), undefined);
    const first = Array.from({ length: 5 }, (_, n) => question(`n${n}.example.org.`, n));
    assert.ok((await asked(...first)).includes(LATER));
  });

  it('keeps no answers where none may be', async () => {
    turns.close();
    turns = new Turns(0);
    turns.relays.point({ at: upstream.at, others: false });
    for (const id of [1, 2]) {
      const { heard } = await ask('www.example.org.', id);
      await upstream.reply(heard, answerTo(heard.bytes));
      turns.wait();
    }
    assert.equal(turns.relays.answerTo(new ForwardedQuestion(question('www.example.org.', 1))), undefined);
  });

  it('begins anew in the place of one that has failed, whose sockets and answers go', async () => {
    const { heard } = await ask('kept.example.org.', 1);
    await upstream.reply(heard, answerTo(heard.bytes));
    turns.wait();
    const lost = await ask('lost.example.org.', 2);
    const before = sleeps();
    turns.replace();
    assert.equal(sleeps(), before);
    assert.deepEqual([turns.relays.kept('success'), turns.relays.evicted('success')], [0, 1]);
    const again = await ask('kept.example.org.', 3);
    await upstream.reply(lost.heard, answerTo(lost.heard.bytes));
    await upstream.reply(again.heard, answerTo(again.heard.bytes));
    settle();
    assert.deepEqual(
      (await client.has(2)).map(({ bytes }) => bytes.readUInt16BE(0)),
      [1, 3],
    );
  });

  it('counts what it asks and how long that takes', async () => {
    const { heard } = await ask();
    await turns.clock.advance(50);
    await upstream.reply(heard, answerTo(heard.bytes).subarray(0, -1));
    turns.wait();
    await upstream.reply(heard, answerTo(heard.bytes));
    turns.wait();
    const name = `127.0.0.1:${upstream.at.port}`;
    const counted = (['asked', 'dropped'] as const).map((what) => turns.relays.counted(name, what));
    assert.deepEqual(counted, [1, 1]);
    assert.deepEqual(turns.relays.durations(name, 0), [{ counts: [1, 0], sum: 0.05 }]);
    assert.deepEqual([...turns.relays.newRoundTrips()], [[name, 50]]);
    assert.deepEqual([...turns.relays.newRoundTrips()], []);
  });
});

/** How many descriptors this process has to sleep for many sockets by (proc_pid_fd(5)). */
function sleeps(): number {
  return readdirSync('/proc/self/fd').filter((fd) => linkOf(fd) === 'anon_inode:[eventpoll]').length;
}

/** What a file descriptor stands for; nothing for the one by which they are listed, which is closed again. */
function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

function withFlags(bytes: Buffer, flags: number): Buffer {
  const other = Buffer.from(bytes);
  other.writeUInt16BE(flags, 2);
  return other;
}

function withClass(query: Buffer, number: number): Buffer {
  const other = Buffer.from(query);
  other.writeUInt16BE(number, query.length - 13);
  return other;
}

function withOptAsAuthority(answer: Buffer): Buffer {
  const other = Buffer.concat([answer, Buffer.from('00002904d0000000000000', 'hex')]);
  other.writeUInt16BE(1, 8);
  return other;
}

/** Whole, and with more bytes than the OPT record of the question has room for. */
function large(query: Buffer): Buffer {
  const texts = Array.from({ length: 6 }, () =>
    Buffer.concat([Buffer.from('c00c001000010000003c00fbfa', 'hex'), Buffer.alloc(250, 'x')]),
  );
  const answer = Buffer.concat([query.subarray(0, -11), ...texts]);
  answer.writeUInt16BE(FLAG.QR | FLAG.RA, 2);
  answer.writeUInt16BE(texts.length, 6);
  answer.writeUInt16BE(0, 10);
  return answer;
}
