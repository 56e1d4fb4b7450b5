import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { getPriority, networkInterfaces, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type CallsignError, DEFAULT_BACKOFF, describe as describeError } from '@callsign/daemon';
import type { Responder } from '@callsign/dns';
import { ManualClock } from '../../../test/support/clock.ts';
import { Namespace } from '../../../test/support/namespace.ts';
import { IP, requireParts } from '../../../test/support/parts.ts';
import { eventually } from '../../../test/support/wait.ts';
import { BatchListener } from '../src/batch/batch-listener.ts';
import { Datagrams, MSG_DONTWAIT } from '../src/batch/datagrams.ts';
import { close } from '../src/batch/libc.ts';
import { socketAddressBytes } from '../src/batch/socket-address.ts';
import { connectUdpSocket } from '../src/batch/udp-socket.ts';
import { BARRED, FATAL, TRIED } from './batch-responder.ts';
import { echo, responder } from './responders.ts';

const workers = (threads: number) => ({
  threads,
  module: new URL('./batch-responder.ts', import.meta.url).href,
  data: () => undefined,
  onFault: (error: unknown) => assert.fail(String(error)),
});
const NAME = Buffer.from('000000000001000000000000046e616d6506646f636b65720000010001', 'hex');

function packet(id: number): Buffer {
  const bytes = Buffer.from(NAME);
  bytes.writeUInt16BE(id, 0);
  return bytes;
}

/** Asks many at once. @returns the ids of the replies, sorted */
async function ask(port: number, ids: readonly number[], host = '127.0.0.1'): Promise<number[]> {
  const socket: Socket = createSocket(isIPv4(host) ? 'udp4' : 'udp6');
  // Connected: what comes from another address than the one that was asked is not heard.
  socket.connect(port, host);
  await once(socket, 'connect');
  const heard: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('message', (reply) => {
    if ((reply.readUInt16BE(2) & 0x8000) !== 0) heard.push(reply.readUInt16BE(0));
    if (heard.length === ids.length) resolve();
  });
  for (const id of ids) socket.send(packet(id));
  await promise;
  socket.close();
  return heard.toSorted((a, b) => a - b);
}

/** The threads of this process that have a name. */
function threadsNamed(name: string): string[] {
  return readdirSync('/proc/self/task').filter((id) => told(id, 'comm').trim() === name);
}

/** The time slices in nanoseconds of the threads of this process that answer (proc(5), /proc/PID/sched). */
function slices(): Map<string, number> {
  const slice = (id: string) => Number(/^se\.slice\s*:\s*(\d+)/m.exec(told(id, 'sched'))?.[1]);
  return new Map(threadsNamed('dns/udp').map((id) => [id, slice(id)]));
}

/** How far the threads with this name give way to those of a like program. */
function niceValues(name: string): number[] {
  return threadsNamed(name).map((id) => getPriority(Number(id)) - getPriority());
}

/** What the kernel tells of a thread; nothing of one that is gone. */
function told(thread: string, what: string): string {
  try {
    return readFileSync(`/proc/self/task/${thread}/${what}`, 'utf8');
  } catch {
    return '';
  }
}

describe('the batch listener', () => {
  const started: BatchListener[] = [];
  const listen = async (slow: Responder, host = '127.0.0.1', threads = 2) => {
    const listener = new BatchListener({ host, port: 0 }, slow, workers(threads));
    started.push(listener);
    await listener.start();
    return listener.address.port;
  };
  afterEach(async () => {
    await Promise.all(started.splice(0).map((listener) => listener.close()));
  });

  it('has its threads let in as soon as they wake, where the kernel knows of that', async () => {
    const before = slices();
    await listen(responder((query) => echo(query)));
    const own = [...slices()].filter(([thread]) => !before.has(thread)).map(([, slice]) => slice);
    const [major = 0, minor = 0] = release().split('.').map(Number);
    // Before Linux 6.12 slices are all of one length, and not every kernel tells them.
    const known = major * 100 + minor >= 612 && existsSync('/proc/self/sched');
    assert.deepEqual(
      own.map((slice) => slice === 100_000),
      [known, known],
    );
  });

  it('has the engine’s threads give way to its own, however many listeners there are', async () => {
    const slow = responder((query) => echo(query));
    await listen(slow);
    await listen(slow);
    assert.deepEqual([...new Set(niceValues('V8Worker'))], [10]);
    assert.deepEqual(niceValues('dns/udp'), [0, 0, 0, 0]);
  });

  it('answers what a worker knows, and passes the rest on', async () => {
    const passed: number[] = [];
    const slow = responder((query) => {
      passed.push(query.readUInt16BE(0));
      return echo(query);
    });
    const port = await listen(slow);
    const ids = Array.from({ length: 200 }, (_, id) => id);
    assert.deepEqual(await ask(port, ids), ids);
    assert.deepEqual(
      passed.toSorted((a, b) => a - b),
      ids.filter((id) => id % 2 === 1),
    );
  });

  it('counts the questions that are dropped because too many wait for the main thread', async () => {
    const crowd = new Datagrams();
    for (let at = 0; at < crowd.replies.length; at += 1) {
      packet(1).copy(crowd.replies[at] as Buffer);
      crowd.addressed(at, NAME.length);
    }
    const deadline = performance.now() + 10_000;
    /** The main thread is at work on a question until there are too many others. */
    const slow = responder((query) => {
      while (listener.dropped === 0 && performance.now() < deadline)
        crowd.sendAll(line, crowd.replies.length, MSG_DONTWAIT);
      return echo(query);
    });
    const listener = new BatchListener({ host: '127.0.0.1', port: 0 }, slow, workers(1));
    started.push(listener);
    await listener.start();
    const line = connectUdpSocket(socketAddressBytes('127.0.0.1', listener.address.port));
    try {
      assert.equal(listener.dropped, 0);
      assert.deepEqual(await ask(listener.address.port, [1]), [1]);
      assert.ok(listener.dropped > 0);
    } finally {
      close(line);
    }
  });

  it('hears IPv4 at :: also where the system would keep that for IPv6 alone', async function () {
    requireParts(this, IP);
    const namespace = await Namespace.make('any-family');
    try {
      await namespace.run('/bin/sh', '-c', 'echo 1 > /proc/sys/net/ipv6/bindv6only');
      const program = fileURLToPath(new URL('./any-family.ts', import.meta.url));
      const told = await namespace.run(process.execPath, '--conditions=callsign-source', program);
      assert.equal(told, 'heard');
    } finally {
      await namespace.close();
    }
  });

  it('answers at an address that holds for one interface alone', async function () {
    const [link] = Object.entries(networkInterfaces()).flatMap(([name, all = []]) =>
      all.flatMap(({ address, scopeid }) => (scopeid ? [`${address}%${name}`] : [])),
    );
    if (link === undefined) return this.skip();
    assert.deepEqual(
      await ask(
        await listen(
          responder((query) => echo(query)),
          link,
        ),
        [2, 4],
        link,
      ),
      [2, 4],
    );
  });

  it('sends an answer that had to be waited for to who asked', async () => {
    const later: (() => void)[] = [];
    const slow = responder((query, exchange) => {
      const send = exchange.defer();
      later.unshift(() => send(echo(query)));
      if (later.length === 3) for (const each of later) each();
      return undefined;
    });
    const port = await listen(slow);
    assert.deepEqual(await Promise.all([1, 3, 5].map((id) => ask(port, [id]))), [[1], [3], [5]]);
  });

  for (const { listening, asked } of [
    { listening: '0.0.0.0', asked: '127.0.0.1' },
    { listening: '0.0.0.0', asked: '127.1.2.3' },
    { listening: '', asked: '127.1.2.3' },
    { listening: '', asked: '::1' },
    { listening: '::1', asked: '::1' },
  ]) {
    it(`on "${listening}" answers from ${asked} when that was asked`, async () => {
      const port = await listen(
        responder((query) => echo(query)),
        listening,
      );
      assert.deepEqual(await ask(port, [2, 3], asked), [2, 3]);
    });

    it(`on "${listening}" knows that ${asked} was asked`, async () => {
      const told: unknown[] = [];
      const slow = responder((query, exchange) => {
        told.push(exchange.asked);
        return echo(query);
      });
      const port = await listen(slow, listening);
      await ask(port, [1], asked);
      const host = listening === '' && isIPv4(asked) ? `::ffff:${asked}` : asked;
      assert.deepEqual(told, [{ host, port }]);
    });
  }

  it('knows who asked', async () => {
    const peers: string[] = [];
    const slow = responder((query, { peer, transport }) => {
      peers.push(`${transport} ${peer}`);
      return echo(query);
    });
    await ask(await listen(slow), [1]);
    await ask(await listen(slow, '::1'), [1], '::1');
    await ask(await listen(slow, ''), [1]);
    assert.deepEqual(peers, ['udp 127.0.0.1', 'udp ::1', 'udp ::ffff:127.0.0.1']);
  });

  it('puts another thread in the place of one that fails, and says why', async () => {
    const faults: unknown[] = [];
    const how = { ...workers(1), onFault: (error: unknown) => void faults.push(String(error)) };
    const listener = new BatchListener(
      { host: '127.0.0.1', port: 0 },
      responder((query) => echo(query)),
      how,
    );
    started.push(listener);
    await listener.start();
    const { port } = listener.address;
    assert.deepEqual(await ask(port, [2]), [2]);
    const socket = createSocket('udp4');
    socket.send(packet(FATAL), port, '127.0.0.1');
    await eventually(() => assert.deepEqual(faults, ['Error: a fault, as asked for']));
    socket.close();
    assert.deepEqual(await ask(port, [4]), [4]);
  });

  describe('whose threads cannot begin', () => {
    const door = new Int32Array(new SharedArrayBuffer(8));
    const faults: string[] = [];
    let clock: ManualClock;
    const barred = () => {
      const onFault = (error: unknown) => void faults.push(describeError(error));
      const how = { ...workers(1), data: () => door, onFault, clock };
      const listener = new BatchListener(
        { host: '127.0.0.1', port: 0 },
        responder((query) => echo(query)),
        how,
      );
      started.push(listener);
      return listener;
    };
    const tried = () => Atomics.load(door, TRIED);
    beforeEach(() => {
      door.fill(0);
      faults.length = 0;
      clock = new ManualClock();
    });

    it('does not start, and says why and what to do', async () => {
      door[BARRED] = 1;
      const listener = barred();
      await assert.rejects(listener.start(), (error: CallsignError) => {
        assert.equal(error.code, 'WORKER_FAILED');
        assert.match(describeError(error), /no way in.*--udp-threads 0/);
        return true;
      });
      assert.deepEqual([tried(), faults], [1, []]);
    });

    it('tries again after a growing wait, and says it once', async () => {
      const listener = barred();
      await listener.start();
      const { port } = listener.address;
      door[BARRED] = 1;
      const socket = createSocket('udp4');
      socket.send(packet(FATAL), port, '127.0.0.1');
      for (let tries = 2; tries < 6; tries += 1) {
        await eventually(() => assert.deepEqual([tried(), clock.sleeping], [tries, 1]));
        await clock.advance(DEFAULT_BACKOFF.most);
      }
      socket.close();
      assert.equal(faults.length, 2);
      assert.match(faults[0] as string, /a fault, as asked for/);
      assert.match(faults[1] as string, /no way in.*--udp-threads 0/);
      await eventually(() => assert.equal(clock.sleeping, 1));
      door[BARRED] = 0;
      await clock.advance(DEFAULT_BACKOFF.most);
      assert.deepEqual(await ask(port, [2]), [2]);
    });

    it('can be closed while it waits', async () => {
      const listener = barred();
      await listener.start();
      door[BARRED] = 1;
      const socket = createSocket('udp4');
      socket.send(packet(FATAL), listener.address.port, '127.0.0.1');
      await eventually(() => assert.equal(clock.sleeping, 1));
      socket.close();
      await listener.close();
      assert.equal(clock.sleeping, 0);
    });
  });

  it('says which address is taken', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const listener = new BatchListener(
      { host: '127.0.0.1', port },
      responder((query) => echo(query)),
      workers(1),
    );
    await assert.rejects(listener.start(), { code: 'LISTEN_FAILED' });
    socket.close();
  });

  it('leaves nothing behind when it is closed, and can be closed again', async () => {
    const listener = new BatchListener(
      { host: '127.0.0.1', port: 0 },
      responder((query) => echo(query)),
      workers(2),
    );
    await listener.start();
    const { port } = listener.address;
    await Promise.all([listener.close(), listener.close()]);
    const next = new BatchListener(
      { host: '127.0.0.1', port },
      responder((query) => echo(query)),
      workers(1),
    );
    started.push(next);
    await next.start();
    assert.deepEqual(await ask(port, [2]), [2]);
  });
});
