import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  encodeQuestion,
  Networks,
  parseNetwork,
  parseProxyHeader,
  TCP_LIMITS,
  TcpListener,
  TransportCounters,
  TYPE,
  UdpListener,
} from '@callsign/dns';
import { eventually } from '../../../test/support/wait.ts';
import { echo, responder } from './responders.ts';
import { closed, framed, ids } from './stream-messages.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const V4 = 'c0000201 c6336401 d431 0035'.replaceAll(' ', '');
const V6 = '20010db8000000000000000000000001 20010db8000000000000000000000002 d431 0035'.replaceAll(' ', '');

/** A header of its parts in hexadecimal; its length is reckoned. */
function header(commandAndFamily: string, rest = '', signature = SIGNATURE): Buffer {
  const length = (rest.length / 2).toString(16).padStart(4, '0');
  return Buffer.from(`${signature}${commandAndFamily}${length}${rest}`, 'hex');
}

const source = (bytes: Buffer) => {
  const parsed = parseProxyHeader(bytes);
  return parsed.kind === 'header' ? parsed.source : parsed.kind;
};

describe('proxy protocol header', () => {
  for (const [what, bytes, expected] of [
    ['TCP over IPv4', header('2111', V4), '192.0.2.1'],
    ['UDP over IPv4', header('2112', V4), '192.0.2.1'],
    ['TCP over IPv6', header('2121', V6), '2001:db8::1'],
    ['UDP over IPv6', header('2122', V6), '2001:db8::1'],
    ['a Unix socket', header('2131', '2f'.repeat(216)), undefined],
    ['LOCAL', header('2000'), undefined],
    ['LOCAL with an address, which is not read', header('2011', V4), undefined],
    ['an unspecified family', header('2100', 'ffff'), undefined],
    ['TLVs that nobody here knows', header('2111', `${V4}0500020102ee0000`), '192.0.2.1'],
    // Its checksum was reckoned bit by bit by another program, which gives CRC-32C's check value e3069283.
    ['a checksum that is right', header('2111', `${V4}0300049528b2f7`), '192.0.2.1'],
    ['a checksum that is wrong', header('2111', `${V4}0300049528b2f8`), 'none'],
    ['a checksum of another length', header('2111', `${V4}0300029528`), 'none'],
    ['a TLV that is longer than the header', header('2111', `${V4}05000901`), 'none'],
    ['half a TLV', header('2111', `${V4}0500`), 'none'],
    ['addresses that are cut', header('2111', V4.slice(0, -2)), 'none'],
    ['version 1', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 54321 53\r\n'), 'none'],
    ['version 3', header('3111', V4), 'none'],
    ['an unknown command', header('2211', V4), 'none'],
    ['an unknown family', header('2141', V4), 'none'],
    ['an unknown protocol', header('2113', V4), 'none'],
    ['another signature', header('2111', V4, SIGNATURE.replace('515549', '515550')), 'none'],
    ['a DNS question', encodeQuestion(1, 'web.docker.', TYPE.A), 'none'],
  ] as const) {
    it(`reads ${what}: ${expected}`, () => assert.equal(source(bytes), expected));
  }

  it('waits for the rest of one that is cut anywhere', () => {
    const whole = header('2111', `${V4}0500020102`);
    for (let length = 0; length < whole.length; length += 1) {
      assert.equal(source(whole.subarray(0, length)), 'incomplete', `${length} bytes`);
    }
    assert.deepEqual(parseProxyHeader(Buffer.concat([whole, Buffer.from('more')])), {
      kind: 'header',
      length: whole.length,
      source: '192.0.2.1',
    });
  });
});

describe('listeners behind a proxy', () => {
  const question = encodeQuestion(7, 'web.docker.', TYPE.A);
  const loopback = new Networks([parseNetwork('127.0.0.0/8')]);
  const strangers = new Networks([parseNetwork('192.0.2.0/24')]);
  const peers: string[] = [];
  const witness = responder((query, { peer }) => {
    peers.push(peer);
    return echo(query);
  });
  let counters: TransportCounters;
  const closers: (() => Promise<void> | void)[] = [];
  beforeEach(() => {
    peers.length = 0;
    counters = new TransportCounters();
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function overTcp(proxies: Networks, limits = TCP_LIMITS) {
    const listener = new TcpListener({ host: '127.0.0.1', port: 0 }, witness, { proxies, counters, limits });
    await listener.start();
    const socket = connect(listener.address).on('error', () => undefined);
    closers.push(
      () => void socket.destroy(),
      () => listener.close(),
    );
    return socket;
  }

  async function overUdp(proxies: Networks) {
    const listener = new UdpListener({ host: '127.0.0.1', port: 0 }, witness, { proxies, counters });
    await listener.start();
    const socket = createSocket('udp4');
    socket.connect(listener.address.port, '127.0.0.1');
    await once(socket, 'connect');
    closers.push(
      () => void socket.close(),
      () => listener.close(),
    );
    return socket;
  }

  for (const [what, before, peer] of [
    ['the address in the header', header('2111', V4), '192.0.2.1'],
    ['an IPv6 address in the header', header('2121', V6), '2001:db8::1'],
    ['the proxy itself for LOCAL', header('2000'), '127.0.0.1'],
  ] as const) {
    it(`takes ${what} for the client's over TCP`, async () => {
      const socket = await overTcp(loopback);
      socket.write(Buffer.concat([before, framed(question)]));
      assert.deepEqual(await ids(socket, 1), [7]);
      assert.deepEqual(peers, [peer]);
    });

    it(`takes ${what} for the client's over UDP, and answers without a header`, async () => {
      const socket = await overUdp(loopback);
      socket.send(Buffer.concat([before, question]));
      const [reply] = (await once(socket, 'message')) as [Buffer];
      assert.equal(reply.readUInt16BE(0), 7);
      assert.deepEqual(peers, [peer]);
    });
  }

  it('takes a header that comes byte by byte', async () => {
    const socket = await overTcp(loopback);
    socket.setNoDelay(true);
    for (const byte of Buffer.concat([header('2111', V4), framed(question)])) {
      await new Promise((written) => socket.write(Buffer.from([byte]), written));
    }
    assert.deepEqual(await ids(socket, 1), [7]);
    assert.deepEqual(peers, ['192.0.2.1']);
  });

  it('closes a connection without one, and counts it', async () => {
    const socket = await overTcp(loopback);
    socket.write(framed(question));
    await closed(socket);
    assert.deepEqual([peers, counters.headersRefused], [[], 1]);
  });

  it('closes a connection whose header never ends', async () => {
    const socket = await overTcp(loopback, { ...TCP_LIMITS, messageMs: 50 });
    socket.write(header('2111', V4).subarray(0, 20));
    await closed(socket);
    await eventually(() => assert.equal(counters.headersRefused, 1));
  });

  it('does not count whoever only looks whether the port is open', async () => {
    const socket = await overTcp(loopback);
    await once(socket, 'connect');
    await eventually(() => assert.equal(counters.open, 1));
    socket.destroy();
    await eventually(() => assert.equal(counters.open, 0));
    assert.equal(counters.headersRefused, 0);
  });

  it('drops a datagram without one, and counts it', async () => {
    const socket = await overUdp(loopback);
    socket.send(question);
    socket.send(Buffer.concat([header('2112', V4), question]));
    await once(socket, 'message');
    assert.deepEqual([peers, counters.headersRefused], [['192.0.2.1'], 1]);
  });

  it('believes nobody else', async () => {
    const tcp = await overTcp(strangers);
    tcp.write(framed(question));
    assert.deepEqual(await ids(tcp, 1), [7]);
    const udp = await overUdp(strangers);
    udp.send(Buffer.concat([header('2112', V4), question]));
    const [reply] = (await once(udp, 'message')) as [Buffer];
    // To whoever expects DNS, a header is some other message.
    assert.equal(reply.readUInt16BE(0), 0x0d0a);
    assert.deepEqual(peers, ['127.0.0.1', '127.0.0.1']);
  });
});
