import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { put } from '@callsign/catalog';
import type { SocketAddress } from '@callsign/daemon';
import {
  type Endpoint,
  FLAG,
  LATER,
  openEndpoint,
  parseNetwork,
  questionNameEnd,
  RCODE,
  type Responder,
} from '@callsign/dns';
import { type NameserverOptions, parseStub } from '@callsign/nameserver';
import { ask } from '../../../test/support/dig.ts';
import { DIG, requireParts } from '../../../test/support/parts.ts';
import { eventually } from '../../../test/support/wait.ts';
import { questionBytes } from './support/answering.ts';
import { type Running, running } from './support/running.ts';
import { A, QUERIES, query, SAID, upstreamSaying } from './support/said.ts';

const SECRETS = [Buffer.alloc(16)];

/** A reply as hex, without what tells when its cookie was made: the time and the hash over it (RFC 9018, 4). */
function undated(reply: Buffer): string {
  return reply.toString('hex').replace(/(?<=000a0018.{16}01000000).{24}/, '');
}

/** Asks over UDP with these bytes, and waits for the one reply. */
async function exchange({ host, port }: SocketAddress, bytes: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    socket.connect(port, host);
    await once(socket, 'connect');
    socket.send(bytes);
    const [reply] = (await once(socket, 'message')) as [Buffer];
    return reply;
  } finally {
    socket.close();
  }
}

/** One that can be told to say something else, and counts. */
function changing(...says: Responder[]) {
  const upstream = {
    says: says[0] as Responder,
    asked: 0,
    respond: (...asked: Parameters<Responder['respond']>) => {
      upstream.asked += 1;
      return upstream.says.respond(...asked);
    },
  };
  return upstream;
}

const SILENT: Responder = { respond: () => LATER };
const saysA = () => upstreamSaying({ answer: [A] });
/** An empty reply with this rcode, whatever the name. */
const empty = (rcode: number): Responder => ({
  respond: (packet, length, reply) => {
    const end = questionNameEnd(packet.subarray(0, length)) + 4;
    packet.copy(reply, 0, 0, end);
    reply.writeUInt16BE(FLAG.QR | FLAG.RA | rcode, 2);
    reply.writeUInt16BE(0, 10);
    return end;
  },
});
/** That there is nothing. */
const saysNo = empty(RCODE.NXDOMAIN);
const saysFailure = empty(RCODE.SERVFAIL);
const rcodeOf = (reply: Buffer) => reply.readUInt16BE(2) & 15;

let names = 0;
/** A name that nobody has asked for, as long as the one that upstreams say something of. */
function anotherName(): string {
  names += 1;
  return `${names.toString(36).padStart(3, 'x')}.example.org.`;
}

describe('threads for UDP that ask upstreams', () => {
  const open: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).toReversed()) await close();
  });

  const upstreamOf = async (responder: Responder): Promise<Endpoint> => {
    const endpoint = await openEndpoint({ host: '127.0.0.1', port: 0 }, responder);
    open.push(() => endpoint.close());
    return endpoint;
  };

  /** A nameserver with a thread that asks by itself from now on. */
  const started = async (upstreams: readonly SocketAddress[], rest: Partial<NameserverOptions> = {}) => {
    const server = await running({ upstreams, udpThreads: 1, cookieSecrets: SECRETS, ...rest });
    open.push(async () => server[Symbol.asyncDispose]());
    const [at] = server.nameserver.dnsAddresses as [SocketAddress];
    return { server, at, relayed: () => told(server, 'recursion_relayed_total') };
  };

  /** The thread knows of its upstream as soon as a probe was answered. */
  const relaying = async (upstreams: readonly SocketAddress[], rest: Partial<NameserverOptions> = {}) => {
    const all = await started(upstreams, rest);
    await eventually(async () => {
      await exchange(all.at, questionBytes(anotherName(), 'A'));
      assert.ok((await all.relayed()) > 0);
    });
    return all;
  };

  it('give the reply that the main thread would give, whatever upstreams say and clients ask', async () => {
    const upstream = changing(saysNo);
    const { address } = await upstreamOf(upstream);
    const quick = await relaying([address], { forwardCache: 0 });
    const slow = await started([address], { forwardCache: 0, udpThreads: 0 });
    for (const [what, said] of Object.entries(SAID)) {
      upstream.says = upstreamSaying(said);
      for (const [how, bytes] of Object.entries(QUERIES)) {
        const [reply, expected] = [await exchange(quick.at, bytes), await exchange(slow.at, bytes)];
        assert.equal(undated(reply), undated(expected), `${what}, ${how}`);
      }
    }
    assert.ok((await quick.relayed()) > Object.keys(SAID).length);
    assert.equal(await slow.relayed(), 0);
  }).timeout(60_000);

  describe('of many names', () => {
    let folder: string;
    before(async function () {
      requireParts(this, DIG);
      folder = await mkdtemp(join(tmpdir(), 'callsign-relay-'));
      await writeFile(
        join(folder, 'zone'),
        '$TTL 60\n@ SOA ns host 1 1 1 1 1\n@ NS ns\nns A 192.0.2.9\nwww A 192.0.2.9\n',
      );
    });
    after(() => rm(folder, { recursive: true }));

    it('take those that are nobody’s here, and leave all others to the main thread', async () => {
      const { address } = await upstreamOf(saysNo);
      const stub = changing(saysNo);
      const stubAt = await upstreamOf(stub);
      const zoneFiles = [{ zone: 'static.example.', file: join(folder, 'zone') }];
      const { server, at, relayed } = await relaying([address], {
        stubs: [parseStub(`corp.example=127.0.0.1:${stubAt.address.port}`)],
        overrides: { zoneFiles, excepts: [{ name: 'out.static.example.' }], views: [], googleApis: [] },
      });
      await put(server.store, 'docker/web', '{"host":"10.0.0.1"}');
      await eventually(async () => assert.equal((await ask(at, 'web.docker', 'A')).answer.length, 1));
      for (const [name, type, taken] of [
        ['a.example.org', 'A', true],
        ['b.example.org', 'AAAA', true],
        ['docker.example.org', 'A', true],
        ['notdocker', 'A', true],
        ['web.docker', 'A', false],
        ['absent.docker', 'A', false],
        ['docker', 'SOA', false],
        ['1.0.0.10.in-addr.arpa', 'PTR', false],
        ['8.8.8.8.in-addr.arpa', 'PTR', false],
        ['localhost', 'A', false],
        ['x.test', 'A', false],
        ['x.invalid', 'A', false],
        ['x.onion', 'A', false],
        ['www.static.example', 'A', false],
        ['out.static.example', 'A', false],
        ['www.corp.example', 'A', false],
        ['x.callsign-loop', 'HINFO', false],
        ['c.example.org', 'ANY', false],
      ] as const) {
        const before = await relayed();
        await ask(at, name, type);
        assert.equal((await relayed()) - before, taken ? 1 : 0, `${name} ${type}`);
      }
      assert.ok(stub.asked > 0);
    });
  });

  it('ask for nobody who may not have others asked', async function () {
    requireParts(this, DIG);
    const upstream = changing(saysA());
    const { address } = await upstreamOf(upstream);
    const { at } = await relaying([address], { allowRecursion: [parseNetwork('127.0.0.1')] });
    const before = upstream.asked;
    const refused = await ask(at, 'not.example.org', 'A', { words: ['-b', '127.0.0.2'] });
    assert.equal(refused.rcode, 'REFUSED');
    assert.equal(upstream.asked, before);
  });

  it('keep answers for the main thread, which gives them again and asks nobody', async () => {
    const upstream = changing(saysA());
    const { address } = await upstreamOf(upstream);
    const { server, at, relayed } = await relaying([address]);
    const [asked, taken] = [upstream.asked, await relayed()];
    const hits = await told(server, 'cache_hits_total{type="success"}');
    const first = await exchange(at, query(FLAG.RD));
    for (const _ of [1, 2, 3, 4]) {
      const again = await exchange(at, query(FLAG.RD));
      assert.equal(again.subarray(0, 33).toString('hex'), first.subarray(0, 33).toString('hex'));
      assert.ok(again.readUInt32BE(39) <= first.readUInt32BE(39));
    }
    assert.deepEqual([upstream.asked - asked, (await relayed()) - taken], [1, 1]);
    assert.equal((await told(server, 'cache_hits_total{type="success"}')) - hits, 4);
  });

  it('ask nobody again what has just come to nothing', async () => {
    const upstream = changing(saysNo);
    const { address } = await upstreamOf(upstream);
    const { server, at } = await relaying([address]);
    upstream.says = saysFailure;
    const question = questionBytes(anotherName(), 'A');
    for (let times = 0; times < 4; times += 1)
      assert.equal(rcodeOf(await exchange(at, question)), RCODE.SERVFAIL);
    const { text } = await server.request('GET', '/metrics');
    assert.match(text, /^callsign_forward_failures_repeated_total\{zone="\."\} 3$/m);
  });

  it('leave it to the main thread to wait for one that is late, and for one that needs TCP', async () => {
    const upstream = changing(saysA());
    const { address } = await upstreamOf(upstream);
    const { at } = await relaying([address]);
    const answers = upstream.says;
    upstream.says = {
      respond: (...asked) => {
        upstream.says = answers;
        return SILENT.respond(...asked);
      },
    };
    const late = await exchange(at, questionBytes(anotherName(), 'A'));
    assert.equal(late.readUInt16BE(6), 1);
    upstream.says = upstreamSaying(SAID['more than 1232 bytes'] ?? {});
    const long = await exchange(at, questionBytes(anotherName(), 'TXT', { edns: 1232 }));
    assert.equal((long.readUInt16BE(2) & FLAG.TC) !== 0, true);
  });

  it('go over to another upstream when one ends', async () => {
    const [one, other] = [changing(saysA()), changing(saysA())];
    const ends = [await upstreamOf(one), await upstreamOf(other)] as const;
    const { at, relayed } = await relaying(ends.map(({ address }) => address));
    const used = one.asked > other.asked ? 0 : 1;
    await ends[used].close();
    const left = used === 0 ? other : one;
    const before = await relayed();
    await eventually(async () => {
      const reply = await exchange(at, questionBytes(anotherName(), 'A'));
      assert.equal(reply.readUInt16BE(6), 1);
      assert.ok((await relayed()) > before && left.asked > 10);
    });
  });

  for (const [where, rest] of [
    ['every question to an upstream is told of', { queryLog: 1 }],
    ['all names are ours', { domains: ['.'] }],
  ] as const) {
    it(`give way where ${where}`, async () => {
      const upstream = changing(saysA());
      const { address } = await upstreamOf(upstream);
      const { at, relayed } = await started([address], rest);
      // Nobody else has asked yet: that is the probe.
      await eventually(async () => assert.ok(upstream.asked > 0));
      for (const _ of [1, 2]) await exchange(at, questionBytes(anotherName(), 'A'));
      assert.equal(await relayed(), 0);
    });
  }

  it('ask for clients of every view', async () => {
    const { address } = await upstreamOf(saysA());
    const views = [{ name: 'here', networks: [parseNetwork('127.0.0.1')] }];
    await relaying([address], { overrides: { zoneFiles: [], excepts: [], views, googleApis: [] } });
  });
});

/** The value of one of our metrics. */
async function told(server: Running, name: string): Promise<number> {
  const { text } = await server.request('GET', '/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`callsign_${name} `));
  return Number(line?.slice(line.lastIndexOf(' ')));
}
