import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, isIP, type Socket } from 'node:net';
import {
  Acceptor,
  encodeQuestion,
  openEndpoint,
  TCP_LIMITS,
  TcpListener,
  TransportCounters,
  TYPE,
  UdpListener,
} from '@callsign/dns';
import { exec } from '../../../test/support/exec.ts';
import { PYTHON, pathOf, requireParts } from '../../../test/support/parts.ts';
import { freePort } from '../../../test/support/ports.ts';
import { eventually } from '../../../test/support/wait.ts';
import { echo, owing, responder } from './responders.ts';
import { closed, framed, ids, repliesOf } from './stream-messages.ts';

/** Node refuses to send from there: a datagram of 12 zeros with a header that is written by hand (RFC 768). */
const FROM_PORT_0 = `
import socket, struct, sys
to = int(sys.argv[1])
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
raw.sendto(struct.pack("!HHHH", 0, to, 20, 0) + bytes(12), ("127.0.0.1", 0))
`;

const ECHO = responder((query) => echo(query));

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

  it('leaves a datagram from port 0 alone, and goes on', async function () {
    requireParts(this, PYTHON);
    const asked: number[] = [];
    const noted = responder((query) => {
      asked.push(query.readUInt16BE(0));
      return echo(query);
    });
    const listener = new UdpListener({ host: '127.0.0.1', port: 0 }, noted);
    await listener.start();
    await exec(pathOf(PYTHON), ['-c', FROM_PORT_0, String(listener.address.port)]);
    const client = createSocket('udp4');
    client.send(encodeQuestion(99, 'web.docker.', TYPE.A), listener.address.port, '127.0.0.1');
    await once(client, 'message');
    assert.deepEqual(asked, [99]);
    client.close();
    await listener.close();
  });

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

  it('keeps no socket that it could not bind', async () => {
    const first = new UdpListener({ host: '127.0.0.1', port: 0 }, ECHO);
    await first.start();
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    for (const _ of [1, 2, 3]) await assert.rejects(new UdpListener(first.address, ECHO).start());
    assert.ok(descriptors() <= before);
    await first.close();
  });
});

describe('tcp listener', () => {
  let listener: TcpListener;
  const open = async (with_ = ECHO, limits = TCP_LIMITS, counters = new TransportCounters()) => {
    listener = new TcpListener({ host: '127.0.0.1', port: 0 }, with_, { limits, counters });
    await listener.start();
    return again();
  };
  /** Another connection to the same; it may be refused. */
  const again = () => connect(listener.address).on('error', () => undefined);
  afterEach(() => listener.close());

  it('answers what is pipelined, even one byte at a time', async () => {
    const socket = await open();
    const bytes = framed(...[1, 2, 3].map((id) => encodeQuestion(id, 'web.docker.', TYPE.A)));
    for (const byte of bytes) socket.write(Buffer.from([byte]));
    assert.deepEqual(await ids(socket, 3), [1, 2, 3]);
  });

  it('answers with messages of every size what is pipelined', async () => {
    const sizes = [64, 65_535, 65, 40_000, 65_535, 12];
    const sized = responder((query) => Buffer.alloc(sizes[query.readUInt16BE(0)] as number, query));
    const socket = await open(sized);
    socket.write(framed(...sizes.map((_, id) => encodeQuestion(id, 'web.docker.', TYPE.A))));
    const replies = await repliesOf(socket)(sizes.length);
    assert.deepEqual(
      replies.map(({ length }) => length),
      sizes,
    );
    assert.deepEqual(
      replies.map((reply) => reply.readUInt16BE(0)),
      [...sizes.keys()],
    );
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
    await closed(socket);
  });

  it('closes a connection that trickles', async () => {
    const socket = await open(ECHO, { ...TCP_LIMITS, messageMs: 50 });
    socket.on('error', () => undefined);
    const trickle = setInterval(() => socket.write(Buffer.from([1])), 5);
    await closed(socket);
    clearInterval(trickle);
  });

  it('closes the connection that was idle longest when there is one too many', async () => {
    const counters = new TransportCounters();
    const first = await open(ECHO, { ...TCP_LIMITS, connections: 2 }, counters);
    const answers = async (socket: Socket, id: number) => {
      socket.write(framed(encodeQuestion(id, 'web.docker.', TYPE.A)));
      const [reply] = (await once(socket, 'data')) as [Buffer];
      assert.equal(reply.readUInt16BE(2), id);
    };
    await answers(first, 1);
    const second = again();
    await answers(second, 2);
    await answers(first, 3);
    const third = again();
    await answers(third, 4);
    await closed(second);
    await answers(first, 5);
    assert.equal(counters.crowded, 1);
    await eventually(() => assert.equal(counters.open, 2));
  });

  it('refuses the newcomer when every connection waits for an answer', async () => {
    const { sends, answering } = owing();
    const first = await open(answering, { ...TCP_LIMITS, connections: 1 });
    first.write(framed(encodeQuestion(1, 'web.docker.', TYPE.A)));
    await eventually(() => assert.equal(sends.length, 1));
    await closed(again());
    for (const send of sends) send();
    assert.deepEqual(await ids(first, 1), [1]);
  });

  it('lets one connection wait for no more answers than it may', async () => {
    let [waiting, most] = [0, 0];
    const slow = responder((query, exchange) => {
      const send = exchange.defer();
      waiting += 1;
      most = Math.max(most, waiting);
      setImmediate(() => {
        waiting -= 1;
        send(echo(query));
      });
      return undefined;
    });
    const socket = await open(slow, { ...TCP_LIMITS, pending: 3 });
    const all = Array.from({ length: 50 }, (_, id) => id);
    socket.end(framed(...all.map((id) => encodeQuestion(id, 'web.docker.', TYPE.A))));
    assert.deepEqual(
      (await ids(socket, 50)).toSorted((a, b) => a - b),
      all,
    );
    assert.equal(most, 3);
  });

  it('asks nothing more for a client that has gone', async () => {
    const { sends, answering } = owing();
    const counters = new TransportCounters();
    const socket = await open(answering, { ...TCP_LIMITS, pending: 1, idleMs: 20 }, counters);
    socket.write(framed(...[1, 2, 3].map((id) => encodeQuestion(id, 'web.docker.', TYPE.A))));
    await closed(socket);
    await eventually(() => assert.equal(counters.open, 0));
    for (const send of sends) send();
    assert.equal(sends.length, 1);
  });

  it('answers no faster than the client reads', async () => {
    let answered = 0;
    const large = responder((query) => {
      answered += 1;
      return Buffer.concat([echo(query), Buffer.alloc(60_000)]);
    });
    const socket = await open(large);
    socket.write(
      framed(...Array.from({ length: 500 }, (_, id) => encodeQuestion(id, 'web.docker.', TYPE.A))),
    );
    const replies = repliesOf(socket);
    await replies(1);
    assert.ok(answered < 300, `${answered} answers of 60 kB lie waiting`);
    await replies(499);
    assert.equal(answered, 500);
  });

  describe('when it is closed', () => {
    const PATIENT = { ...TCP_LIMITS, graceMs: 20_000 };

    it('answers what it has read, ends at once what is idle, and lets nobody in', async () => {
      const { sends, answering } = owing();
      const counters = new TransportCounters();
      const socket = await open(answering, PATIENT, counters);
      const idle = again();
      socket.write(framed(...[1, 2].map((id) => encodeQuestion(id, 'web.docker.', TYPE.A))));
      await eventually(() => assert.deepEqual([sends.length, counters.open], [2, 2]));
      const { address } = listener;
      const closing = listener.close();
      await closed(idle);
      const [refusal] = (await once(connect(address), 'error')) as [NodeJS.ErrnoException];
      assert.equal(refusal.code, 'ECONNREFUSED');
      for (const send of sends) send();
      assert.deepEqual(await ids(socket, 3), [1, 2]);
      await closing;
    });

    it('sends what its clients have not taken yet', async () => {
      const large = responder((query) => Buffer.concat([echo(query), Buffer.alloc(60_000)]));
      const socket = await open(large, PATIENT);
      socket.write(
        framed(...Array.from({ length: 500 }, (_, id) => encodeQuestion(id, 'web.docker.', TYPE.A))),
      );
      const replies = repliesOf(socket);
      await replies(1);
      const closing = listener.close();
      assert.equal((await replies(500)).length, 499);
      await closing;
    });

    it('waits no longer than it may', async () => {
      const { sends, answering } = owing();
      const socket = await open(answering, { ...TCP_LIMITS, graceMs: 20 });
      socket.write(framed(encodeQuestion(1, 'web.docker.', TYPE.A)));
      await eventually(() => assert.equal(sends.length, 1));
      await listener.close();
      await closed(socket);
    });
  });
});

describe('acceptor', () => {
  it('bids an idle connection goodbye, and closes it where that leads to nothing', async () => {
    let goodbyes = 0;
    const acceptor = new Acceptor(
      { host: '127.0.0.1', port: 0 },
      {
        ...{
          what: 'a test',
          flag: '--dns',
          connections: 1,
          headerMs: 1_000,
          graceMs: 1_000,
          allowHalfOpen: false,
        },
        serve: (place) =>
          place.leaveUnlessUsed(20, () => {
            goodbyes += 1;
          }),
      },
    );
    await acceptor.start();
    await closed(connect(acceptor.address));
    assert.equal(goodbyes, 1);
    await acceptor.close();
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

  it('has one address for both transports where it was given a name', async () => {
    const { address, close } = await openEndpoint({ host: 'localhost', port: 0 }, ECHO);
    assert.notEqual(isIP(address.host), 0);
    const socket = connect(address);
    socket.end(framed(encodeQuestion(7, 'web.docker.', TYPE.A)));
    assert.deepEqual(await ids(socket, 1), [7]);
    await close();
  });

  it('leaves nothing open when one of the two is taken', async () => {
    const udp = new UdpListener({ host: '127.0.0.1', port: await freePort() }, ECHO);
    await udp.start();
    await assert.rejects(openEndpoint(udp.address, ECHO), { code: 'LISTEN_FAILED' });
    await udp.close();
    const open = () => process.getActiveResourcesInfo().filter((each) => /^(TCP|UDP)/.test(each));
    await eventually(() => assert.deepEqual(open(), []));
  });
});
