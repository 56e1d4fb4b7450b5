import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { SocketAddress } from '@callsign/daemon';
import {
  encodeMessage,
  FLAG,
  ForwardCache,
  fetchAnswer,
  HEADER,
  type Message,
  parseNetwork,
  questionNameEnd,
  RCODE,
  type Recursor,
  type ResourceRecord,
  type Responder,
  UdpListener,
} from '@callsign/dns';
import { ManualClock } from '../../../test/support/clock.ts';
import { ask } from '../../../test/support/dig.ts';
import { DIG, pathOf, requireParts } from '../../../test/support/parts.ts';
import { fetching } from '../../../test/support/recursor.ts';
import { answering, entriesOf, exchange, questionBytes } from './support/answering.ts';
import { running } from './support/running.ts';

const NAME = 'www.example.org.';
const A: ResourceRecord = { name: NAME, ttl: 60, type: 'A', address: '192.0.2.1' };
const ALIAS: ResourceRecord = { name: NAME, ttl: 90, type: 'CNAME', target: 'web.example.org.' };
const SOA: ResourceRecord = {
  ...{ name: 'example.org.', ttl: 300, type: 'SOA', mname: 'ns.example.org.', rname: 'host.example.org.' },
  ...{ serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 60 },
};
const PLAIN_OPT = Buffer.from('00002904d0000000000000', 'hex');
const REASON_OPT = Buffer.from('00002904d000000000000d000f00090001416e7977617973', 'hex');
const LATER_A = Buffer.from('c00c000100010000003c0004c0000202', 'hex');

const texts = (count: number): ResourceRecord[] =>
  Array.from({ length: count }, (_, at) => ({
    name: NAME,
    ttl: 60 + at,
    type: 'TXT',
    strings: [`${at}`.repeat(60).slice(0, 60)],
  }));

/** What upstreams say, and what they may put behind it. */
const SAID: Readonly<Record<string, Partial<Message> & { readonly behind?: readonly Buffer[] }>> = {
  'an address': { answer: [A] },
  'an alias and an address': { answer: [ALIAS, { ...A, name: 'web.example.org.' }] },
  'authentic data': { flags: FLAG.QR | FLAG.RA | FLAG.AD, answer: [A] },
  'its own data': { flags: FLAG.QR | FLAG.AA, answer: [A], authority: [{ ...SOA, ttl: 700 }] },
  'that a name does not exist': { rcode: RCODE.NXDOMAIN, authority: [SOA] },
  'that there is nothing': { authority: [SOA] },
  'that an alias leads nowhere': { rcode: RCODE.NXDOMAIN, answer: [ALIAS], authority: [SOA] },
  'something with EDNS': { answer: [A], behind: [PLAIN_OPT] },
  'something with EDNS, and records behind that': { answer: [A], behind: [PLAIN_OPT, LATER_A] },
  'something with a reason': { answer: [A], behind: [REASON_OPT] },
  'more than 512 bytes': { answer: texts(8) },
  'more than 1232 bytes': { answer: texts(24) },
};

/** A recursor that says it, and counts how often it is asked. */
function saying({ behind = [], ...sections }: (typeof SAID)[string]) {
  const recursor = {
    asked: 0,
    ...fetching(async (question) => {
      recursor.asked += 1;
      const end = questionNameEnd(question);
      const asked = { name: NAME, type: question.readUInt16BE(end), class: 1 };
      const empty = { answer: [], authority: [], additional: [] };
      const message = { id: 0, flags: FLAG.QR | FLAG.RA, rcode: 0, question: asked, ...empty, ...sections };
      const bytes = Buffer.concat([encodeMessage(message as Message), ...behind]);
      bytes.writeUInt16BE(bytes.readUInt16BE(10) + behind.length, 10);
      return { message: bytes };
    }),
  };
  return recursor;
}

/** The same, never by what is kept: each answer is waited for and taken apart. */
const theLongWay = (cache: ForwardCache): Recursor => ({
  ask: (question, asker) => cache.ask(question, asker),
});

function query(flags: number, edns?: number, dnssecOk = false): Buffer {
  const bytes = questionBytes(NAME, 'A', edns === undefined ? {} : { edns });
  bytes.writeUInt16BE(flags, 2);
  if (dnssecOk) bytes.writeUInt8(0x80, bytes.length - 4);
  return bytes;
}

function withCookie(bytes: Buffer): Buffer {
  const cookie = Buffer.from('000a00080123456789abcdef', 'hex');
  const result = Buffer.concat([bytes, cookie]);
  result.writeUInt16BE(cookie.length, bytes.length - 2);
  return result;
}

function upperCase(bytes: Buffer): Buffer {
  const name = bytes.subarray(HEADER, questionNameEnd(bytes));
  name.set(Buffer.from(name.toString('latin1').toUpperCase(), 'latin1'));
  return bytes;
}

const QUERIES: Readonly<Record<string, Buffer>> = {
  plain: query(FLAG.RD),
  'in other letters': upperCase(query(FLAG.RD)),
  'with EDNS': query(FLAG.RD, 1232),
  'with EDNS and little room': query(FLAG.RD, 512),
  'with a cookie': withCookie(query(FLAG.RD, 1232)),
  'with AD': query(FLAG.RD | FLAG.AD),
  'with DO': query(FLAG.RD, 1232, true),
  'with CD': query(FLAG.RD | FLAG.CD, 1232),
  'without RD': query(0),
};

describe('repeated answers', () => {
  for (const [what, said] of Object.entries(SAID)) {
    it(`of an upstream that said ${what} are the same as those that are waited for`, async () => {
      const clock = new ManualClock();
      const options = {
        domains: ['docker.'],
        entries: entriesOf({}),
        clock,
        cookieSecrets: [Buffer.alloc(16)],
      };
      const cache = () => new ForwardCache(saying(said), { bytes: 100_000, clock });
      const quick = answering({ ...options, recursor: cache() });
      const slow = answering({ ...options, recursor: theLongWay(cache()) });
      for (const seconds of [0, 0, 0, 20, 0, 50]) {
        await clock.advance(seconds * 1_000);
        for (const one of [quick, slow]) one.responder.tick();
        for (const [how, bytes] of Object.entries(QUERIES))
          for (const transport of ['udp', 'tcp'] as const) {
            const expected = await exchange(slow.responder, bytes, transport);
            const reply = await exchange(quick.responder, bytes, transport);
            assert.equal(reply.toString('hex'), expected.toString('hex'), `${how} over ${transport}`);
          }
      }
      assert.equal(quick.counters.forwarded, slow.counters.forwarded);
      assert.deepEqual([...quick.counters.responses()], [...slow.counters.responses()]);
    });
  }

  const fresh = (rest: Partial<Parameters<typeof answering>[0]> = {}) => {
    const clock = new ManualClock();
    const upstream = saying({ answer: [A] });
    const cache = new ForwardCache(upstream, { bytes: 100_000, clock });
    const {
      responder,
      counters,
      ask: asked,
    } = answering({
      ...{ domains: ['docker.'], entries: entriesOf({}), recursor: cache, clock },
      ...rest,
    });
    const advance = async (seconds: number) => {
      await clock.advance(seconds * 1_000);
      responder.tick();
    };
    return { upstream, cache, counters, asked, advance };
  };
  const repeats = ({ counters }: ReturnType<typeof fresh>) => counters.repeated('success');

  it('come from memory that all threads share, with a TTL that falls each second', async () => {
    const one = fresh();
    const ttls: string[] = [];
    for (const seconds of [0, 0, 0, 1, 1, 10]) {
      await one.advance(seconds);
      ttls.push((await one.asked(NAME, 'A')).answer[0]?.split(' ')[1] ?? '');
    }
    assert.deepEqual(ttls, ['60', '60', '60', '59', '58', '48']);
    assert.deepEqual([one.upstream.asked, one.cache.hits, repeats(one)], [1, 1, 4]);
  });

  it('are seen by the cache again now and then, and in time to be fetched anew', async () => {
    const one = fresh();
    for (let second = 0; second < 120; second += 1) {
      await one.asked(NAME, 'A');
      await one.advance(1);
    }
    assert.deepEqual([one.upstream.asked, one.cache.prefetches], [3, 2]);
    assert.ok(one.cache.hits > 6 && one.cache.hits < 20, `${one.cache.hits}`);
    assert.equal(one.cache.requests + repeats(one), 120);
  });

  it('are not for those for whom nobody is asked', async () => {
    const one = fresh({ mayRecurse: (peer) => peer === '127.0.0.1' });
    for (const _ of [1, 2, 3]) await one.asked(NAME, 'A');
    assert.equal((await one.asked(NAME, 'A', { from: '192.0.2.9' })).rcode, 'REFUSED');
    assert.equal(one.counters.recursionRefused, 1);
  });

  it('are never there for names of addresses, which may be ours next', async () => {
    const pointer = '1.0.0.10.in-addr.arpa.';
    const one = fresh({
      recursor: new ForwardCache(saying({ answer: [{ ...A, name: pointer }] }), { bytes: 100_000 }),
    });
    for (const _ of [1, 2, 3]) await one.asked(pointer, 'PTR');
    assert.equal(repeats(one), 0);
  });

  it('are given over UDP by threads, to those who may have them, and counted', async function () {
    requireParts(this, DIG);
    const upstream = new UdpListener({ host: '127.0.0.1', port: 0 }, upstreamSaying(A));
    await upstream.start();
    await using server = await running({
      upstreams: [upstream.address],
      allowRecursion: [parseNetwork('127.0.0.1')],
      udpThreads: 1,
    });
    const [at] = server.nameserver.dnsAddresses as [SocketAddress];
    for (const _ of [1, 2]) assert.equal((await ask(at, NAME, 'A')).rcode, 'NOERROR');
    const refused = await ask(at, NAME, 'A', { words: ['-b', '127.0.0.2'] });
    assert.equal(refused.rcode, 'REFUSED');
    // Nothing but a thread can answer while this one waits.
    const said = execFileSync(pathOf(DIG), [`@${at.host}`, '-p', `${at.port}`, NAME, '+nocookie', '+short']);
    assert.equal(String(said), '192.0.2.1\n');
    const { text } = await server.request('GET', '/metrics');
    const told = (name: string) => text.split('\n').find((line) => line.startsWith(`callsign_${name} `));
    for (const [name, count] of [
      ['recursion_requests_total', 3],
      ['cache_requests_total', 3],
      ['cache_hits_total{type="success"}', 2],
      ['recursion_refused_total', 1],
    ] as const)
      assert.equal(told(name), `callsign_${name} ${count}`);
    await upstream.close();
  });
});

/** A name server that has this record for every question. */
function upstreamSaying(record: ResourceRecord): Responder {
  const recursor = saying({ answer: [record] });
  return {
    respond: (packet, length, _reply, exchange) => {
      const question = Buffer.from(packet.subarray(0, length));
      const send = exchange.defer();
      void fetchAnswer(recursor, question).then(({ message }) => {
        question.copy(message, 0, 0, 2);
        question.copy(message, HEADER, HEADER, questionNameEnd(question));
        send(message);
      });
      return 0;
    },
  };
}
