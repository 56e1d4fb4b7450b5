import assert from 'node:assert/strict';
import type { SocketAddress } from '@callsign/daemon';
import {
  encodeQuestion,
  FLAG,
  Forwarder,
  isAnswerTo,
  parseResolvConf,
  type Responder,
  TcpListener,
  TYPE,
  UdpListener,
} from '@callsign/dns';
import { echo, responder } from './support.ts';

const closers: (() => Promise<void>)[] = [];

/** A name server on loopback that answers both transports with these. */
async function upstream(udp: Responder, tcp: Responder = udp): Promise<SocketAddress> {
  // TCP first: of its port numbers the clients of other tests hold many for a while.
  const overTcp = new TcpListener({ host: '127.0.0.1', port: 0 }, tcp);
  await overTcp.start();
  const overUdp = new UdpListener(overTcp.address, udp);
  await overUdp.start();
  closers.push(
    () => overUdp.close(),
    () => overTcp.close(),
  );
  return overUdp.address;
}

/** An address where nobody listens. */
async function nobody(): Promise<SocketAddress> {
  const listener = new UdpListener(
    { host: '127.0.0.1', port: 0 },
    responder(() => undefined),
  );
  await listener.start();
  const { address } = listener;
  await listener.close();
  return address;
}

const GOOD = responder((query) => echo(query));
const SILENT = responder(() => undefined);
const BROKEN = responder((query) => echo(query, 2));
const LYING = responder((query) => {
  const reply = echo(query);
  reply[14] = (reply[14] as number) ^ 1;
  return reply;
});
const TRUNCATING = responder((query) => echo(query, 0, 0x8080 | FLAG.TC));

const question = () => encodeQuestion(0, 'example.org.', TYPE.A);
const rcode = (answer: Buffer) => answer.readUInt16BE(2) & 15;

describe('forwarder', () => {
  afterEach(async () => {
    await Promise.all(closers.splice(0).map((close) => close()));
  });

  const ask = async (...responders: readonly (Responder | 'nobody')[]) => {
    const upstreams: SocketAddress[] = [];
    for (const one of responders) upstreams.push(one === 'nobody' ? await nobody() : await upstream(one));
    return new Forwarder({ upstreams, attemptMs: 60, totalMs: 400 }).forward(question());
  };

  it('gives back the upstream’s answer', async () => assert.equal(rcode(await ask(GOOD)), 0));

  for (const [what, bad] of [
    ['one that does not listen', 'nobody'],
    ['one that says nothing', SILENT],
    ['one that says SERVFAIL', BROKEN],
    ['one that answers another question', LYING],
  ] as const) {
    it(`asks the next upstream after ${what}`, async () => assert.equal(rcode(await ask(bad, GOOD)), 0));
  }

  it('passes a SERVFAIL on when nobody knows better', async () =>
    assert.equal(rcode(await ask(BROKEN, SILENT)), 2));

  it('fails in time when all fail', async () => {
    await assert.rejects(ask(SILENT, 'nobody'), { code: 'UPSTREAM_FAILED' });
  });

  it('asks again over TCP when an answer was truncated', async () => {
    const at = await upstream(TRUNCATING, GOOD);
    const answer = await new Forwarder({ upstreams: [at] }).forward(question());
    assert.equal(answer.readUInt16BE(2) & FLAG.TC, 0);
  });

  it('stays with the upstream that answered', async () => {
    let asked = 0;
    const first = await upstream(
      responder(() => {
        asked += 1;
        return undefined;
      }),
    );
    const forwarder = new Forwarder({ upstreams: [first, await upstream(GOOD)], attemptMs: 60 });
    await forwarder.forward(question());
    await forwarder.forward(question());
    assert.equal(asked, 1);
  });

  it('refuses to hold more questions than it is allowed', async () => {
    const forwarder = new Forwarder({
      upstreams: [await upstream(SILENT)],
      attemptMs: 60,
      totalMs: 60,
      most: 1,
    });
    const held = assert.rejects(forwarder.forward(question()), { code: 'UPSTREAM_FAILED' });
    await assert.rejects(forwarder.forward(question()), /too many questions/);
    await held;
  });

  it('ends what is under way when it is closed', async () => {
    const forwarder = new Forwarder({
      upstreams: [await upstream(SILENT)],
      attemptMs: 60_000,
      totalMs: 60_000,
    });
    const asked = forwarder.forward(question());
    forwarder.close();
    await assert.rejects(asked, { code: 'UPSTREAM_FAILED' });
  });
});

describe('answer matching', () => {
  const query = encodeQuestion(5, 'Example.org.', TYPE.HTTPS);
  const changed = (change: (reply: Buffer) => void) => {
    const reply = echo(query);
    change(reply);
    return reply;
  };
  for (const [what, reply, fits] of [
    ['the same question', echo(query), true],
    ['other letters’ case', changed((bytes) => bytes.write('eXAMPLE', 13)), true],
    ['another id', changed((bytes) => bytes.writeUInt16BE(6, 0)), false],
    ['a query', query, false],
    ['another name', changed((bytes) => bytes.write('f', 13)), false],
    ['another type that differs by a letter’s case', changed((bytes) => bytes.writeUInt16BE(97, 25)), false],
    ['no question', changed((bytes) => bytes.writeUInt16BE(0, 4)), false],
    ['a header alone', echo(query).subarray(0, 12), false],
  ] as const) {
    it(`${fits ? 'takes' : 'refuses'} ${what}`, () => assert.equal(isAnswerTo(query, reply), fits));
  }
});

describe('resolv.conf', () => {
  it('gives the name servers in order and leaves out what it does not understand', () => {
    const text =
      '# comment\nnameserver 10.0.0.1\n nameserver\tfd00::1\nnameserver nonsense\nsearch a b\noptions ndots:2\n';
    assert.deepEqual(parseResolvConf(text), [
      { host: '10.0.0.1', port: 53 },
      { host: 'fd00::1', port: 53 },
    ]);
  });
});
