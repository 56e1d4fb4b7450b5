import assert from 'node:assert/strict';
import { silentLog } from '@callsign/daemon';
import {
  decodeMessage,
  type Endpoint,
  encodeMessage,
  FLAG,
  Forwarder,
  type Message,
  openEndpoint,
  RCODE,
  type ResourceRecord,
  type Responder,
  TYPE,
  UdpListener,
} from '@callsign/dns';
import { DnsCounters, ZoneResponder } from '@callsign/nameserver';
import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { answering, entriesOf, exchange, questionBytes, seen } from './support/answering.ts';

const STORE = entriesOf({
  'docker/web': { host: '10.0.0.1' },
  'docker/away': { host: 'www.example.org' },
  'docker/lost': { host: 'gone.example.org' },
  'docker/safe': { host: 'safe.example.org' },
  'apex/dns/apex': { host: 'www.example.org', ttl: 20 },
});

/** What the upstream of these tests knows; every name it is asked for is noted. */
const UPSTREAM: Readonly<Record<string, readonly ResourceRecord[]>> = {
  'www.example.org.': [
    { name: 'www.example.org.', ttl: 60, type: 'CNAME', target: 'edge.example.net.' },
    { name: 'edge.example.net.', ttl: 60, type: 'A', address: '192.0.2.7' },
  ],
  'safe.example.org.': [
    {
      name: 'safe.example.org.',
      ttl: 60,
      type: 'OTHER',
      number: TYPE.HTTPS,
      rdata: Buffer.from('000100000300020035', 'hex'),
    },
  ],
  'big.example.org.': Array.from({ length: 60 }, (_, at) => ({
    name: 'big.example.org.',
    ttl: 60,
    type: 'A' as const,
    address: `192.0.2.${at}`,
  })),
};

const TIMES = { serial: 1, refresh: 7200, retry: 1800, expire: 86_400, minimum: 25 };
const DENIAL: ResourceRecord = {
  name: 'example.org.',
  ttl: 25,
  type: 'SOA',
  mname: 'ns.example.org.',
  rname: 'host.example.org.',
  ...TIMES,
};

describe('responder', () => {
  const asked: string[] = [];
  const upstream: Responder = {
    respond: (query, length, reply) => {
      const question = decodeMessage(Buffer.from(query.subarray(0, length)));
      asked.push(question.question.name);
      return encodeMessage(answerTo(question)).copy(reply);
    },
  };
  let listener: Endpoint;
  let server: ReturnType<typeof answering>;
  before(async () => {
    listener = await openEndpoint({ host: '127.0.0.1', port: 0 }, upstream);
    server = answering({
      domains: ['docker.', 'apex.'],
      entries: STORE,
      recursor: new Forwarder({ upstreams: [listener.address] }),
    });
  });
  after(() => listener.close());
  beforeEach(() => {
    asked.length = 0;
  });

  it('passes on what is not ours, and is not authoritative for it', async () => {
    const { rcode, aa, ra, answer } = await server.ask('www.example.org', 'A');
    assert.deepEqual([rcode, aa, ra, answer.length], ['NOERROR', false, true, 2]);
  });

  it('finishes a chain that leaves the zone', async () => {
    const { rcode, aa, answer } = await server.ask('away.docker', 'A');
    assert.deepEqual([rcode, aa], ['NOERROR', true]);
    assert.deepEqual(answer, [
      'away.docker. 300 IN CNAME www.example.org.',
      'www.example.org. 60 IN CNAME edge.example.net.',
      'edge.example.net. 60 IN A 192.0.2.7',
    ]);
    assert.deepEqual(asked, ['www.example.org.']);
  });

  it('finishes a chain to a record of a type that it need not know', async () => {
    const { aa, answer } = await server.ask('safe.docker', 'HTTPS');
    assert.equal(aa, true);
    assert.deepEqual(answer, [
      'safe.docker. 300 IN CNAME safe.example.org.',
      'safe.example.org. 60 IN HTTPS 1 . port=53',
    ]);
  });

  it('gives an apex the addresses of its host, for it can be no alias', async () => {
    const { rcode, aa, answer } = await server.ask('apex', 'A');
    assert.deepEqual([rcode, aa, answer], ['NOERROR', true, ['apex. 20 IN A 192.0.2.7']]);
    for (const type of ['AAAA', 'CNAME', 'HTTPS']) {
      const negative = await server.ask('apex', type);
      assert.deepEqual([negative.rcode, negative.answer, negative.ns.length], ['NOERROR', [], 1], type);
    }
  });

  it('tells the alias and the end of a chain to nowhere, and for how long there is nothing', async () => {
    const { rcode, answer, ns } = await server.ask('lost.docker', 'A');
    assert.deepEqual([rcode, answer], ['NXDOMAIN', ['lost.docker. 300 IN CNAME gone.example.org.']]);
    assert.deepEqual(ns, ['example.org. 25 IN SOA ns.example.org. host.example.org. 1 7200 1800 86400 25']);
  });

  it('cuts an upstream’s answer that the client cannot take, and says so', async () => {
    const { tc, answer, size } = await server.ask('big.example.org', 'A');
    assert.deepEqual([tc, answer.length], [true, 0]);
    assert.ok(size <= 512);
    assert.equal((await server.ask('big.example.org', 'A', { transport: 'tcp' })).answer.length, 60);
    assert.equal((await server.ask('big.example.org', 'A', { edns: 1232 })).answer.length, 60);
  });

  it('never asks upstream for a name of ours, whatever it is', async () => {
    const label = fc.oneof(
      fc.stringMatching(/^[a-z0-9-]{1,8}$/),
      fc.constantFrom('*', 'any', 'web', 'WEB', '_tcp'),
    );
    const type = fc.constantFrom(
      'A',
      'AAAA',
      'SRV',
      'TXT',
      'MX',
      'PTR',
      'NS',
      'SOA',
      'CNAME',
      'ANY',
      'HTTPS',
      'CAA',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(label, { maxLength: 4 }), type, async (labels, qtype) => {
        await server.ask([...labels, 'DocKer'].join('.'), qtype);
      }),
    );
    assert.deepEqual(
      asked.filter((name) => name.toLowerCase().endsWith('docker.')),
      [],
    );
  });

  it('answers SERVFAIL for its own names until the first list has come', async () => {
    const empty = new ZoneResponder({ log: silentLog, counters: new DnsCounters(), domains: ['docker.'] });
    for (const name of ['web.docker', 'docker', '1.0.0.10.in-addr.arpa', 'x.onion', 'localhost']) {
      const { rcode, answer } = seen(await exchange(empty, questionBytes(name, 'A'), 'udp'));
      assert.deepEqual([rcode, answer], ['SERVFAIL', []]);
    }
  });

  it('forwards other names before the first list has come', async () => {
    const recursor = new Forwarder({ upstreams: [listener.address] });
    const counters = new DnsCounters();
    const unread = new ZoneResponder({ log: silentLog, counters, domains: ['docker.'], recursor });
    const { answer } = seen(await exchange(unread, questionBytes('www.example.org', 'A'), 'udp'));
    assert.equal(answer.length, 2);
  });

  it('answers SERVFAIL when no upstream does', async () => {
    const closed = new UdpListener({ host: '127.0.0.1', port: 0 }, upstream);
    await closed.start();
    const { address } = closed;
    await closed.close();
    const recursor = new Forwarder({ upstreams: [address] });
    const lonely = answering({ domains: ['docker.'], entries: STORE, recursor });
    for (const name of ['www.example.org', 'away.docker']) {
      const { rcode, ra } = await lonely.ask(name, 'A', { edns: 1232 });
      assert.deepEqual([rcode, ra], ['SERVFAIL', true]);
    }
  });

  it('says why there is no answer to clients that ask by EDNS, and to no others', async () => {
    const closed = new UdpListener({ host: '127.0.0.1', port: 0 }, upstream);
    await closed.start();
    const { address } = closed;
    await closed.close();
    const lonely = new Forwarder({ upstreams: [address] });
    const entries = entriesOf({ 'docker/a': { host: 'b.docker' }, 'docker/b': { host: 'a.docker' } });
    const unread = new ZoneResponder({ log: silentLog, counters: new DnsCounters(), domains: ['docker.'] });
    const ring = answering({ domains: ['docker.'], entries });
    const forwarding = answering({ domains: ['docker.'], entries, recursor: lonely });
    for (const [responder, name, type, code, text] of [
      [unread, 'web.docker', 'A', 14, 'the store has not been read yet'],
      [ring.responder, 'a.docker', 'A', 0, 'the names lead round in a circle'],
      [ring.responder, 'www.example.org', 'A', 20, 'not in our zones, and nothing is forwarded'],
      [forwarding.responder, 'www.example.org', 'A', 23, 'no upstream can be reached'],
      [ring.responder, 'docker', 'AXFR', 18, 'no zone transfers to this client'],
    ] as const) {
      const reply = await exchange(responder, questionBytes(name, type, { edns: 1232 }), 'udp');
      assert.deepEqual(extendedError(reply), [code, text]);
      assert.equal(seen(await exchange(responder, questionBytes(name, type), 'udp')).extra.length, 0);
    }
  });

  for (const [what, change, rcode] of [
    ['EDNS of another version', (bytes: Buffer) => bytes.writeUInt8(1, bytes.length - 5), RCODE.BADVERS],
    ['another opcode', (bytes: Buffer) => bytes.writeUInt8(0x20, 2), RCODE.NOTIMP],
    ['two questions', (bytes: Buffer) => bytes.writeUInt16BE(2, 4), RCODE.FORMERR],
    ['the class CH', (bytes: Buffer) => bytes.writeUInt16BE(3, bytes.length - 13), RCODE.REFUSED],
  ] as const) {
    it(`answers ${what} with ${rcode}`, async () => {
      const query = questionBytes('web.docker', 'A', { edns: 1232 });
      change(query);
      const bytes = await exchange(server.responder, query, 'udp');
      const opt = dnsPacket.decode(bytes).additionals?.[0] as unknown as
        | { readonly extendedRcode: number }
        | undefined;
      assert.equal(((bytes[3] as number) & 15) + ((opt?.extendedRcode ?? 0) << 4), rcode);
      assert.equal(bytes.readUInt16BE(0), query.readUInt16BE(0));
    });
  }

  it('tells a dot inside a label from one between labels', async () => {
    const entries = entriesOf({ 'docker/web': { host: '10.0.0.1' }, 'docker/apps/*': { host: '10.0.0.2' } });
    const { responder } = answering({ domains: ['docker.'], entries });
    const head = '000701000001000000000000';
    for (const [labels, rcode, answers] of [
      [['web.docker'], RCODE.REFUSED, 0],
      [['x.docker', 'example'], RCODE.REFUSED, 0],
      [['web.docker', 'docker'], RCODE.NXDOMAIN, 0],
      [['a.b', 'apps', 'docker'], RCODE.NOERROR, 1],
    ] as const) {
      const name = labels.map((label) => String.fromCharCode(label.length) + label).join('');
      const query = Buffer.concat([
        Buffer.from(head, 'hex'),
        Buffer.from(`${name}\0\0\u0001\0\u0001`, 'latin1'),
      ]);
      const reply = await exchange(responder, query, 'udp');
      assert.deepEqual(
        [(reply[3] as number) & 15, reply.readUInt16BE(6)],
        [rcode, answers],
        labels.join(' '),
      );
      if (answers > 0)
        assert.equal(reply.readUInt16BE(query.length), 0xc00c, 'the owner is the question itself');
    }
  });

  it('survives any bytes, and answers none of them with another packet’s id', () => {
    const seeds = [questionBytes('web.docker', 'A'), questionBytes('x.docker', 'SRV', { edns: 1232 })];
    const reply = Buffer.alloc(65_535);
    const { responder } = answering({ domains: ['docker.'], entries: STORE });
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 6 }),
        fc.nat(40),
        (seed, edits, cut) => {
          const packet = Buffer.from(seed.subarray(0, Math.max(0, seed.length - (cut > 20 ? cut - 20 : 0))));
          for (const [at, value] of edits) if (at < packet.length) packet[at] = value;
          const size = responder.respond(packet, packet.length, reply, {
            transport: 'udp',
            peer: '127.0.0.1',
            defer: () => () => undefined,
          });
          if (size > 0) assert.equal(reply.readUInt16BE(0), packet.readUInt16BE(0));
        },
      ),
      { numRuns: 20_000 },
    );
  });
});

/** The first option of a reply's OPT record, by the second codec: an extended error's code and text. */
function extendedError(reply: Buffer): readonly [number, string] | undefined {
  const opt = dnsPacket.decode(reply).additionals?.find(({ type }) => type === 'OPT') as unknown as
    | { readonly options: readonly { readonly code: number; readonly data: Buffer }[] }
    | undefined;
  const option = opt?.options.find(({ code }) => code === 15);
  return option && [option.data.readUInt16BE(0), option.data.toString('utf8', 2)];
}

function answerTo({ id, question }: Message): Message {
  const answer = UPSTREAM[question.name] ?? [];
  const flags = FLAG.QR | FLAG.RD | FLAG.RA | FLAG.AA;
  const rcode = answer.length > 0 ? RCODE.NOERROR : RCODE.NXDOMAIN;
  const authority = answer.length > 0 ? [] : [DENIAL];
  return { id, flags, rcode, question, answer, authority, additional: [] };
}
