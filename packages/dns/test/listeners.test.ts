import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeQuestion, openEndpoint, TCP_LIMITS, TcpListener, TYPE, UdpListener } from '@callsign/dns';
import { eventually } from '../../../test/support/wait.ts';
import { echo, responder } from './support.ts';

const ECHO = responder((query) => echo(query));

function framed(...messages: readonly Buffer[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => [Buffer.from([message.length >> 8, message.length & 255]), message]),
  );
}

/** Reads from a connection until so many whole messages have come, and gives back their ids. */
async function ids(socket: Socket, count: number): Promise<number[]> {
  let bytes = Buffer.alloc(0);
  const found: number[] = [];
  for await (const data of socket) {
    bytes = Buffer.concat([bytes, data as Buffer]);
    while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
      found.push(bytes.readUInt16BE(2));
      bytes = bytes.subarray(2 + bytes.readUInt16BE(0));
    }
    if (found.length >= count) return found;
  }
  return found;
}

describe('udp listener', () => {
  for (const [host, type] of [
    ['127.0.0.1', 'udp4'],
    ['::1', 'udp6'],
  ] as const) {
    it(`answers on ${host}`, async () => {
      const listener = new UdpListener({ host, port: 0 }, ECHO);
      await listener.start();
      const client = createSocket(type);
      client.send(encodeQuestion(99, 'web.docker.', TYPE.A), listener.address.port, host);
      const [reply] = (await once(client, 'message')) as [Buffer];
      assert.equal(reply.readUInt16BE(0), 99);
      client.close();
      await listener.close();
      await listener.close();
    });
  }

  it('names the address, the cause and the cure when it cannot listen', async () => {
    const first = new UdpListener({ host: '127.0.0.1', port: 0 }, ECHO);
    await first.start();
    const second = new UdpListener({ host: '127.0.0.1', port: first.address.port }, ECHO);
    await assert.rejects(
      second.start(),
      /LISTEN_FAILED|cannot listen for DNS over UDP on 127\.0\.0\.1 port \d+/,
    );
    await first.close();
  });
});

describe('tcp listener', () => {
  let listener: TcpListener;
  const open = async (with_ = ECHO, limits = TCP_LIMITS) => {
    listener = new TcpListener({ host: '127.0.0.1', port: 0 }, with_, limits);
    await listener.start();
    return connect({ host: '127.0.0.1', port: listener.address.port });
  };
  afterEach(() => listener.close());

  it('answers what is pipelined, even one byte at a time', async () => {
    const socket = await open();
    const bytes = framed(...[1, 2, 3].map((id) => encodeQuestion(id, 'web.docker.', TYPE.A)));
    for (const byte of bytes) socket.write(Buffer.from([byte]));
    assert.deepEqual(await ids(socket, 3), [1, 2, 3]);
  });

  it('sends a late answer behind an early one', async () => {
    const late = responder((query, exchange) => {
      if (query.readUInt16BE(0) !== 1) return echo(query);
      const send = exchange.defer();
      setImmediate(() => send(echo(query)));
      return undefined;
    });
    const socket = await open(late);
    socket.write(framed(encodeQuestion(1, 'slow.docker.', TYPE.A), encodeQuestion(2, 'web.docker.', TYPE.A)));
    assert.deepEqual(await ids(socket, 2), [2, 1]);
  });

  it('still answers a client that has said its last word', async () => {
    const deferred = responder((query, exchange) => {
      const send = exchange.defer();
      setImmediate(() => send(echo(query)));
      return undefined;
    });
    const socket = await open(deferred);
    socket.end(framed(encodeQuestion(5, 'web.docker.', TYPE.A)));
    assert.deepEqual(await ids(socket, 2), [5]);
  });

  it('closes a connection that is silent', async () => {
    const socket = await open(ECHO, { ...TCP_LIMITS, idleMs: 20 });
    await once(socket.resume(), 'close');
  });

  it('closes a connection that trickles', async () => {
    const socket = await open(ECHO, { ...TCP_LIMITS, messageMs: 50 });
    socket.on('error', () => undefined);
    const trickle = setInterval(() => socket.write(Buffer.from([1])), 5);
    await once(socket.resume(), 'close');
    clearInterval(trickle);
  });

  it('takes no more connections than it is allowed', async () => {
    const first = await open(ECHO, { ...TCP_LIMITS, connections: 1 });
    first.write(framed(encodeQuestion(1, 'web.docker.', TYPE.A)));
    await once(first, 'data');
    const second = connect({ host: '127.0.0.1', port: listener.address.port });
    second.on('error', () => undefined);
    await once(second.resume(), 'close');
    first.destroy();
    await eventually(async () => {
      const third = connect({ host: '127.0.0.1', port: listener.address.port });
      third.on('error', () => undefined);
      third.write(framed(encodeQuestion(3, 'web.docker.', TYPE.A)));
      assert.deepEqual(await ids(third, 1), [3]);
    });
  });
});

describe('endpoint', () => {
  it('finds a port number that is free for both transports', async () => {
    const endpoints = await Promise.all(
      Array.from({ length: 50 }, () => openEndpoint({ host: '127.0.0.1', port: 0 }, ECHO)),
    );
    assert.equal(new Set(endpoints.map(({ address }) => address.port)).size, 50);
    await Promise.all(endpoints.map((endpoint) => endpoint.close()));
  });

  it('leaves nothing open when one of the two is taken', async () => {
    const udp = new UdpListener({ host: '127.0.0.1', port: 0 }, ECHO);
    await udp.start();
    await assert.rejects(openEndpoint(udp.address, ECHO), { code: 'LISTEN_FAILED' });
    const tcp = new TcpListener(udp.address, ECHO);
    await tcp.start();
    await tcp.close();
    await udp.close();
  });
});
