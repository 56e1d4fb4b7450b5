import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { encodeQuestion, TYPE } from '@callsign/dns';
import { ManualClock } from '../../../test/support/clock.ts';
import { eventually } from '../../../test/support/wait.ts';
import { Timers } from '../src/forward/timers.ts';
import { UpstreamSocket, type Waiter } from '../src/forward/upstream-socket.ts';
import { UpstreamSockets } from '../src/forward/upstream-sockets.ts';
import { echo } from './responders.ts';

interface Question {
  readonly bytes: Buffer;
  readonly from: AddressInfo;
}

/** What has become of a question. */
class Kept implements Waiter {
  readonly query: Buffer;
  readonly told: (string | Buffer)[] = [];

  constructor(name: string) {
    this.query = encodeQuestion(0, name, TYPE.A);
  }

  answered(answer: Buffer | 'truncated'): void {
    this.told.push(answer);
  }

  dropped(): void {
    this.told.push('dropped');
  }

  unreachable(): void {
    this.told.push('unreachable');
  }
}

describe('sockets to an upstream', () => {
  let upstream: Socket;
  let heard: Question[];
  beforeEach(async () => {
    heard = [];
    upstream = createSocket('udp4').bind(0, '127.0.0.1');
    upstream.on('message', (bytes, from) => heard.push({ bytes, from: from as unknown as AddressInfo }));
    await once(upstream, 'listening');
  });
  afterEach(() => upstream.close());
  const at = () => ({ host: '127.0.0.1', port: upstream.address().port });
  const asked = async (count: number) => {
    await eventually(() => assert.equal(heard.length, count));
    return heard;
  };
  const reply = ({ from }: Question, bytes: Buffer) => upstream.send(bytes, from.port, '127.0.0.1');
  const many = (count: number) => Array.from({ length: count }, (_, n) => new Kept(`n${n}.example.`));

  it('tell questions that are under way together by ids at random', async () => {
    const socket = new UpstreamSocket(at());
    const all = many(64);
    for (const one of all) socket.ask(one);
    assert.equal(socket.full, true, 'a socket takes no more');
    const questions = await asked(64);
    assert.equal(new Set(questions.map(({ bytes }) => bytes.readUInt16BE(0))).size, 64);
    assert.equal(new Set(questions.map(({ from }) => from.port)).size, 1);
    for (const question of questions.toReversed()) reply(question, echo(question.bytes));
    await eventually(() => assert.ok(all.every(({ told }) => told.length === 1)));
    for (const { told, query } of all) assert.deepEqual(told, [echo(query)]);
  });

  it('drop what has the id of one question and the name of another, and wait on', async () => {
    const socket = new UpstreamSocket(at());
    const [one, other] = [new Kept('one.example.'), new Kept('two.example.')];
    for (const waiter of [one, other]) socket.ask(waiter);
    const [first, second] = (await asked(2)) as [Question, Question];
    const mixed = echo(second.bytes);
    mixed.writeUInt16BE(first.bytes.readUInt16BE(0), 0);
    reply(first, mixed);
    reply(first, echo(first.bytes));
    reply(second, echo(second.bytes));
    await eventually(() => assert.equal(one.told.length + other.told.length, 3));
    assert.deepEqual(one.told, ['dropped', echo(one.query)]);
    assert.deepEqual(other.told, [echo(other.query)]);
    socket.finish();
  });

  it('have another port number each second, and share some of them where there are many questions', async () => {
    const clock = new ManualClock();
    const timers = new Timers(clock);
    const sockets = new UpstreamSockets(at(), timers);
    const ports = async (count: number) => {
      heard.length = 0;
      const ends = many(count).map((one) => sockets.ask(one));
      const used = new Set((await asked(count)).map(({ from }) => from.port));
      for (const end of ends) end();
      return used;
    };
    const before = await ports(200);
    assert.ok(before.size >= 200 / 64 && before.size <= 8 + 200 / 64, `${before.size}`);
    await clock.advance(1_000);
    const after = await ports(100);
    assert.equal(before.isDisjointFrom(after), true);
    sockets.close();
    timers.close();
  });

  it('tell everything that was asked by one when nobody listens there', async () => {
    const closed = createSocket('udp4').bind(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address();
    closed.close();
    await once(closed, 'close');
    const socket = new UpstreamSocket({ host: '127.0.0.1', port });
    const all = many(3);
    for (const one of all) socket.ask(one);
    await eventually(() => assert.ok(all.every(({ told }) => told[0] === 'unreachable')));
    assert.equal(socket.full, true);
  });
});
