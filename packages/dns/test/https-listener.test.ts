import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import {
  type ClientHttp2Session,
  constants,
  connect as http2Connect,
  type IncomingHttpHeaders,
} from 'node:http2';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import {
  encodeMessage,
  encodeQuestion,
  FLAG,
  HTTPS_LIMITS,
  HttpsListener,
  Networks,
  parseNetwork,
  RCODE,
  type ResourceRecord,
  TYPE,
} from '@callsign/dns';
import { exec } from '../../../test/support/exec.ts';
import { CURL, pathOf } from '../../../test/support/parts.ts';
import { eventually } from '../../../test/support/wait.ts';
import { ECHO, encryptedListener, NAME, OTHER_NAME } from './encrypted-listener.ts';
import { echo, owing, responder } from './responders.ts';
import { closed } from './stream-messages.ts';

const WIRE = 'application/dns-message';
const QUESTION = encodeQuestion(0, 'web.docker.', TYPE.A);

/** Base64 has four letters for three bytes: one letter more is none of anything. */
const withOneTooMany = (target: string) => {
  const { length } = target.slice('/dns-query?dns='.length);
  return target + 'A'.repeat((5 - (length % 4)) % 4);
};
const asked = (message: Buffer) => `/dns-query?dns=${message.toString('base64url')}`;
const POST = { ':method': 'POST', ':path': '/dns-query', 'content-type': WIRE };

/** HTTP/2's frames (RFC 9113, 6). */
const FRAME = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
};
const [END_STREAM, END_HEADERS] = [1, 4];

function frame(type: number, flags: number, stream: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** A string of a header field as HPACK has it without Huffman's code (RFC 7541, 5.2). */
function literal(before: string, text: string): Buffer {
  return Buffer.concat([Buffer.from(before), Buffer.from([text.length]), Buffer.from(text)]);
}

/** A block of header fields. */
function head(...fields: readonly [string, string][]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [literal('\0', name), literal('', value)]));
}

const HEAD: readonly [string, string][] = [
  [':scheme', 'https'],
  [':authority', NAME],
];
const GET_HEAD = head([':method', 'GET'], ...HEAD, [':path', asked(QUESTION)]);
const POST_HEAD = head([':method', 'POST'], ...HEAD, [':path', '/dns-query'], ['content-type', WIRE]);
const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(FRAME.SETTINGS, 0, 0)]);

/** A whole question. */
function asking(stream: number): Buffer {
  return frame(FRAME.HEADERS, END_STREAM | END_HEADERS, stream, GET_HEAD);
}

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

describe('https listener', () => {
  const { opened, listen, close, renew, openTls, openPlain, address, counters, authority } =
    encryptedListener(HttpsListener, 'h2', CURL);

  function open(options: ConnectionOptions = {}): ClientHttp2Session {
    const session = http2Connect(`https://${NAME}:${address().port}`, {
      createConnection: () => openTls(options),
    });
    opened.push(session.on('error', () => undefined));
    return session;
  }

  async function request(session: ClientHttp2Session, headers: object, body?: Buffer): Promise<Got> {
    const stream = session.request({ ...headers }, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    const [got] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece as Buffer);
    return { status: Number(got[':status']), headers: got, body: Buffer.concat(pieces) };
  }

  const get = (path: string) => ({ ':method': 'GET', ':path': path });

  for (const [what, headers, body, status] of [
    ['GET', get(asked(QUESTION)), undefined, 200],
    ['GET with further variables', get(`${asked(QUESTION)}&ct=${WIRE}`), undefined, 200],
    ['HEAD', { ...get(asked(QUESTION)), ':method': 'HEAD' }, undefined, 200],
    ['POST', POST, QUESTION, 200],
    [
      'POST whose type has parameters',
      { ...POST, 'content-type': `Application/DNS-Message; x=y` },
      QUESTION,
      200,
    ],
    ['another path', get('/'), undefined, 404],
    ['POST to another path', { ...POST, ':path': '/dns-query/' }, QUESTION, 404],
    ['GET without a question', get('/dns-query'), undefined, 400],
    ['GET with an empty one', get('/dns-query?dns='), undefined, 400],
    ['GET with padding', get(`${asked(QUESTION)}=`), undefined, 400],
    ['GET with base64 of the other alphabet', get('/dns-query?dns=AAA/AAA+'), undefined, 400],
    ['GET with a letter too many', get('/dns-query?dns=AAAAA'), undefined, 400],
    ['GET with a question and a letter too many', get(withOneTooMany(asked(QUESTION))), undefined, 400],
    ['GET with too little for a header', get('/dns-query?dns=AAAA'), undefined, 400],
    ['POST of nothing', POST, Buffer.alloc(0), 400],
    ['POST of a reply', POST, echo(QUESTION), 400],
    ['POST of JSON', { ...POST, 'content-type': 'application/dns-json' }, Buffer.from('{}'), 415],
    ['POST of nobody knows what', { ':method': 'POST', ':path': '/dns-query' }, QUESTION, 415],
    ['POST of too much', POST, Buffer.alloc(65_536), 413],
    ['POST that says it is too much', { ...POST, 'content-length': 70_000 }, Buffer.alloc(70_000), 413],
    ['PUT', { ...POST, ':method': 'PUT' }, QUESTION, 405],
    ['DELETE', { ...get('/dns-query'), ':method': 'DELETE' }, undefined, 405],
  ] as [string, object, Buffer | undefined, number][]) {
    it(`answers ${what} with ${status}`, async () => {
      await listen(
        responder((query) => (query.length < 12 || (query[2] as number) >= 0x80 ? undefined : echo(query))),
      );
      const got = await request(open(), headers, body);
      assert.equal(got.status, status, got.body.toString());
      const right = status === 200;
      assert.equal(got.headers['content-type'], right ? WIRE : 'text/plain; charset=utf-8');
      assert.equal(got.headers.allow, status === 405 ? 'GET, HEAD, POST' : undefined);
      if (what === 'HEAD') assert.equal(got.body.length, 0);
      else assert.equal(Number(got.headers['content-length']), got.body.length);
      if (right && what !== 'HEAD') assert.deepEqual(got.body, echo(QUESTION));
    });
  }

  for (const version of ['--http1.1', '--http2']) {
    for (const how of ['GET', 'POST', 'HEAD', 'nonsense', 'too much'] as const) {
      it(`answers curl ${version}: ${how}`, async () => {
        await listen();
        const { port } = address();
        const file = join(authority().directory, 'body');
        await writeFile(file, how === 'too much' ? Buffer.alloc(100_000) : QUESTION);
        const body = ['-H', `content-type: ${WIRE}`, '--data-binary', `@${file}`];
        const words = { GET: [], HEAD: ['-I'], nonsense: [], POST: body, 'too much': body }[how];
        const path =
          how === 'nonsense' ? '/dns-query?dns=!' : body === words ? '/dns-query' : asked(QUESTION);
        const told = ['-o', '/dev/null', '-w', '%{http_code} %{http_version} %{content_type}'];
        const to = [
          '--cacert',
          authority().ca,
          '--resolve',
          `${NAME}:${port}:127.0.0.1`,
          `https://${NAME}:${port}${path}`,
        ];
        const printed = await exec(pathOf(CURL), [
          '-sS',
          '--max-time',
          '5',
          version,
          ...words,
          ...told,
          ...to,
        ]);
        const status = { GET: 200, POST: 200, HEAD: 200, nonsense: 400, 'too much': 413 }[how];
        const type = status === 200 ? WIRE : 'text/plain; charset=utf-8';
        assert.equal(printed, `${status} ${version === '--http2' ? '2' : '1.1'} ${type}`);
      });
    }
  }

  const record = (ttl: number): ResourceRecord => ({
    name: 'web.docker.',
    ttl,
    type: 'A',
    address: '192.0.2.1',
  });
  const soa = (ttl: number, minimum: number): ResourceRecord => ({
    ...{ name: 'docker.', ttl, type: 'SOA', mname: 'ns.docker.', rname: 'h.docker.', serial: 1 },
    ...{ refresh: 1, retry: 1, expire: 1, minimum },
  });
  for (const [what, rcode, answer, authorities, control] of [
    ['the smallest TTL of the answer', RCODE.NOERROR, [record(300), record(20)], [soa(5, 5)], 'max-age=20'],
    [
      'a name with a blank',
      RCODE.NOERROR,
      [{ ...record(20), name: 'a\\032printer.docker.' }],
      [],
      'max-age=20',
    ],
    ['a TTL of 0', RCODE.NOERROR, [record(0)], [], 'max-age=0'],
    ["the SOA's TTL where there is no answer", RCODE.NOERROR, [], [soa(7, 30)], 'max-age=7'],
    ["the SOA's minimum where there is no name", RCODE.NXDOMAIN, [], [soa(30, 6)], 'max-age=6'],
    ['nothing for a failure', RCODE.SERVFAIL, [], [], 'no-store'],
    ['nothing without a SOA', RCODE.NOERROR, [], [], 'no-store'],
  ] as [string, number, ResourceRecord[], ResourceRecord[], string][]) {
    it(`lets HTTP caches keep a reply for ${what}`, async () => {
      const question = { name: 'web.docker.', type: TYPE.A, class: 1 };
      const reply = encodeMessage({
        ...{ id: 0, flags: FLAG.QR, rcode, question, answer, authority: authorities, additional: [] },
      });
      await listen(responder(() => reply));
      assert.equal((await request(open(), POST, QUESTION)).headers['cache-control'], control);
    });
  }

  it('lets HTTP caches keep no record whose TTL has its highest bit set (RFC 2181, 8)', async () => {
    const question = { name: 'web.docker.', type: TYPE.A, class: 1 };
    const empty = { id: 0, flags: FLAG.QR, rcode: RCODE.NOERROR, authority: [], additional: [] };
    const reply = encodeMessage({ ...empty, question, answer: [record(300)] });
    // The last ten bytes are TTL, length and address.
    reply.writeUInt32BE(2 ** 31 + 300, reply.length - 10);
    await listen(responder(() => reply));
    assert.equal((await request(open(), POST, QUESTION)).headers['cache-control'], 'max-age=0');
  });

  it('answers who writes out the whole target by HTTP/1.1 (RFC 9112, 3.2.2)', async () => {
    await listen();
    const socket = openTls({ ALPNProtocols: ['http/1.1'] });
    const target = `HTTPS://${NAME}:443${asked(QUESTION)}`;
    socket.write(`GET ${target} HTTP/1.1\r\nhost: ${NAME}\r\nconnection: close\r\n\r\n`);
    assert.match((await buffer(socket)).toString('latin1'), /^HTTP\/1\.1 200 OK\r\n/);
  });

  it('answers what is asked at the same time, as the answers come, whole, and tells whose it was', async () => {
    let told = '';
    const sends: (() => void)[] = [];
    const late = responder((query, { transport, peer, defer, stream }) => {
      told = `${transport} from ${peer}, ${typeof stream}`;
      const send = defer();
      sends.push(() => send(Buffer.concat([echo(query), Buffer.alloc(60_000)])));
      return undefined;
    });
    await listen(late);
    const session = open();
    const order: number[] = [];
    const all = [1, 2, 3].map(async (id) => {
      const { body } = await request(session, POST, encodeQuestion(id, 'web.docker.', TYPE.A));
      assert.equal(body.length, QUESTION.length + 60_000);
      order.push(body.readUInt16BE(0));
    });
    await eventually(() => assert.equal(sends.length, 3));
    for (const [sent, send] of sends.toReversed().entries()) {
      send();
      await eventually(() => assert.equal(order.length, sent + 1));
    }
    await Promise.all(all);
    assert.deepEqual(order, [3, 2, 1]);
    assert.equal(told, 'https from 127.0.0.1, undefined');
  });

  it('does not mind a client that has gone before its answer', async () => {
    const { sends, answering } = owing();
    await listen(answering);
    const session = open();
    session.request(POST).end(QUESTION);
    const old = openTls({ ALPNProtocols: ['http/1.1'] });
    old.write(`GET ${asked(QUESTION)} HTTP/1.1\r\nhost: ${NAME}\r\n\r\n`);
    await eventually(() => assert.equal(sends.length, 2));
    session.destroy();
    old.destroy();
    await eventually(() => assert.equal(counters().open, 0));
    for (const send of sends) send();
    const answer = request(open(), POST, QUESTION);
    await eventually(() => assert.equal(sends.length, 3));
    sends[2]?.();
    assert.equal((await answer).status, 200);
  });

  describe('limits', () => {
    const limits = (some: Partial<typeof HTTPS_LIMITS>) => ({ limits: { ...HTTPS_LIMITS, ...some } });
    it('does not wait for who never says hello', async () => {
      await listen(ECHO, limits({ handshakeMs: 50 }));
      await closed(openPlain());
      assert.equal(counters().handshakesFailed, 1);
    });

    it('lets in who comes when the silent have taken every place', async () => {
      await listen(ECHO, limits({ connections: 3 }));
      for (let left = 3; left > 0; left -= 1) openPlain();
      await eventually(() => assert.equal(counters().open, 3));
      assert.equal((await request(open(), POST, QUESTION)).status, 200);
      assert.equal(counters().crowded, 1);
    });

    it('closes a session without questions, pings or not, with a goodbye', async () => {
      await listen(ECHO, limits({ idleMs: 100 }));
      const session = open();
      const goodbye = once(session, 'goaway') as Promise<[number]>;
      const pings = setInterval(() => !session.destroyed && session.ping(() => undefined), 10);
      assert.equal((await goodbye)[0], constants.NGHTTP2_NO_ERROR);
      clearInterval(pings);
      await eventually(() => assert.equal(counters().open, 0));
    });

    it('closes a session whose question never ends', async () => {
      await listen(ECHO, limits({ idleMs: 100 }));
      const session = open();
      const stream = session.request(POST).on('error', () => undefined);
      const trickle = setInterval(() => !stream.destroyed && stream.write(Buffer.from([0])), 10);
      await eventually(() => assert.ok(session.closed));
      clearInterval(trickle);
      await eventually(() => assert.equal(counters().open, 0));
    });

    const wide = Buffer.from([0x7f, 255, 255, 255]);
    const unlimited = [
      frame(FRAME.SETTINGS, 0, 0, Buffer.concat([Buffer.from([0, 4]), wide])),
      frame(FRAME.WINDOW_UPDATE, 0, 0, Buffer.concat([wide.subarray(0, 2), Buffer.alloc(2)])),
    ];
    for (const [version, words] of [
      ['h2', [PREFACE, ...unlimited, ...Array.from({ length: 60 }, (_, at) => asking(1 + 2 * at))]],
      ['http/1.1', [Buffer.from(`GET ${asked(QUESTION)} HTTP/1.1\r\nhost: ${NAME}\r\n\r\n`.repeat(200))]],
    ] as [string, Buffer[]][]) {
      it(`closes a connection by ${version} whose client takes no answers`, async () => {
        let answered = 0;
        const large = responder((query) => {
          answered += 1;
          return Buffer.concat([echo(query), Buffer.alloc(60_000)]);
        });
        await listen(large, limits({ idleMs: 300 }));
        const socket = openTls({ ALPNProtocols: [version] });
        socket.write(Buffer.concat(words));
        await eventually(() => assert.ok(answered >= 60));
        await eventually(() => assert.equal(counters().open, 0));
      });
    }

    it('closes an HTTP/1.1 connection whose header never ends', async () => {
      await listen(ECHO, limits({ idleMs: 100 }));
      const socket = openTls({ ALPNProtocols: ['http/1.1'] });
      socket.write('GET /dns-query HTTP/1.1\r\n');
      const trickle = setInterval(() => socket.write('x: y\r\n'), 10);
      await closed(socket);
      clearInterval(trickle);
    });

    it('takes no more questions at the same time than it may', async () => {
      await listen(ECHO, limits({ streams: 5 }));
      const session = open();
      const [settings] = (await once(session, 'remoteSettings')) as [{ maxConcurrentStreams: number }];
      assert.equal(settings.maxConcurrentStreams, 5);
    });

    it('refuses what one connection asks beyond that by HTTP/1.1, where nothing else bounds it', async () => {
      const { sends, answering } = owing();
      await listen(answering, limits({ streams: 2 }));
      const socket = openTls({ ALPNProtocols: ['http/1.1'] });
      const one = `GET ${asked(QUESTION)} HTTP/1.1\r\nhost: ${NAME}\r\n`;
      socket.write(`${`${one}\r\n`.repeat(2)}${one}connection: close\r\n\r\n`);
      await eventually(() => assert.equal(sends.length, 2));
      for (const send of sends) send();
      const said = (await buffer(socket)).toString('latin1');
      assert.deepEqual(said.match(/(?<=HTTP\/1\.1 )\d+/g), ['200', '200', '429']);
    });

    it('refuses headers that never seem to end, and nonsense, and lives on', async () => {
      await listen();
      const session = open();
      // The bound is the client's to keep from when it has heard of it; from then on it is kept for it, too.
      await request(session, POST, QUESTION);
      const long = request(session, { ...get(asked(QUESTION)), 'x-long': 'x'.repeat(60_000) });
      await assert.rejects(long);
      const socket = openTls();
      socket.end('nonsense');
      await closed(socket);
      const old = openTls({ ALPNProtocols: ['http/1.1'] });
      old.write('nonsense\r\n\r\n');
      await closed(old);
      assert.equal((await request(open(), POST, QUESTION)).status, 200);
    });
  });

  describe('floods', () => {
    const noWindow = frame(FRAME.SETTINGS, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]));

    for (const [what, first, next] of [
      ['pings', noWindow, () => frame(FRAME.PING, 0, 0, Buffer.alloc(8))],
      ['settings', noWindow, () => noWindow],
      ['priorities', noWindow, (at) => frame(FRAME.PRIORITY, 0, 1 + 2 * at, Buffer.from([0, 0, 0, 0, 1]))],
      [
        'questions that are taken back (CVE-2023-44487)',
        noWindow,
        (at) =>
          Buffer.concat([
            asking(1 + 2 * at),
            frame(FRAME.RST_STREAM, 0, 1 + 2 * at, Buffer.from([0, 0, 0, 8])),
          ]),
      ],
      [
        'headers without an end',
        frame(FRAME.HEADERS, 0, 1, GET_HEAD),
        (at) => frame(FRAME.CONTINUATION, 0, 1, head([`x-${at}`, 'x'.repeat(100)])),
      ],
      ['empty bodies', frame(FRAME.HEADERS, END_HEADERS, 1, POST_HEAD), () => frame(FRAME.DATA, 0, 1)],
      ['answers that are not taken', noWindow, (at) => asking(1 + 2 * at)],
    ] as [string, Buffer, (at: number) => Buffer][]) {
      it(`closes a connection that is all ${what}, and lives on`, async () => {
        // What is not cut at once is cut for want of a whole question.
        const limits = { ...HTTPS_LIMITS, idleMs: 3_000 };
        await listen(
          responder((query) => Buffer.concat([echo(query), Buffer.alloc(60_000)])),
          { limits },
        );
        const socket = openTls();
        socket.write(Buffer.concat([PREFACE, first]));
        await once(socket, 'secureConnect');
        for (let at = 0; counters().open > 0; await setImmediate()) {
          if (!socket.writableNeedDrain)
            socket.write(Buffer.concat(Array.from({ length: 500 }, () => next(at++))));
        }
        assert.equal((await request(open(), POST, QUESTION)).status, 200);
        await eventually(() => assert.equal(counters().open, 1));
      });
    }
  });

  describe('when it is closed', () => {
    const PATIENT = { limits: { ...HTTPS_LIMITS, graceMs: 20_000 } };

    it('answers what it has read by HTTP/2, says goodbye, and ends at once what is idle', async () => {
      const { sends, answering } = owing();
      await listen(answering, PATIENT);
      const [session, idle] = [open(), open()];
      const answer = request(session, POST, QUESTION);
      await once(idle, 'remoteSettings');
      await eventually(() => assert.equal(sends.length, 1));
      const goodbye = once(session, 'goaway') as Promise<[number]>;
      const ended = once(idle, 'close');
      const closing = close();
      assert.equal((await goodbye)[0], constants.NGHTTP2_NO_ERROR);
      await ended;
      await assert.rejects(request(session, POST, QUESTION), { code: 'ERR_HTTP2_GOAWAY_SESSION' });
      for (const send of sends) send();
      const { status, body } = await answer;
      assert.deepEqual([status, body], [200, echo(QUESTION)]);
      await closing;
    });

    it('answers what it has read by HTTP/1.1, and ends at once what is idle', async () => {
      const { sends, answering } = owing();
      await listen(answering, PATIENT);
      const old = { ALPNProtocols: ['http/1.1'] };
      const [socket, idle] = [openTls(old), openTls(old)];
      socket.write(`GET ${asked(QUESTION)} HTTP/1.1\r\nhost: ${NAME}\r\n\r\n`);
      await once(idle, 'secureConnect');
      await eventually(() => assert.deepEqual([sends.length, counters().open], [1, 2]));
      const closing = close();
      await closed(idle);
      for (const send of sends) send();
      const said = await buffer(socket);
      assert.match(said.toString('latin1'), /^HTTP\/1\.1 200 OK\r\n/);
      assert.deepEqual(said.subarray(-QUESTION.length), echo(QUESTION));
      await closing;
    });
  });

  it('shows another certificate to new connections, while the old ones go on', async () => {
    await listen();
    const before = open();
    assert.equal((await request(before, POST, QUESTION)).status, 200);
    await renew();
    const after = open({ servername: OTHER_NAME });
    assert.equal((await request(after, POST, QUESTION)).status, 200);
    assert.equal((await request(before, POST, QUESTION)).status, 200);
  });

  it('finds the hello behind a PROXY header, and the client in it', async () => {
    let client = '';
    const witness = responder((query, { peer }) => {
      client = peer;
      return echo(query);
    });
    await listen(witness, { proxies: new Networks([parseNetwork('127.0.0.1')]) });
    const raw = openPlain();
    raw.write(Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000201c6336401d4310035', 'hex'));
    assert.equal((await request(open({ socket: raw }), POST, QUESTION)).status, 200);
    assert.equal(client, '192.0.2.1');
  });
});
