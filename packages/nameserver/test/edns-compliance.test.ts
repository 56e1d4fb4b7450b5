import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { put } from '@callsign/catalog';
import { formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import dnsPacket from 'dns-packet';
import { exec } from '../../../test/support/exec.ts';
import { DIG, pathOf, requireParts } from '../../../test/support/parts.ts';
import { eventually } from '../../../test/support/wait.ts';
import { type Running, running } from './support/running.ts';

const SERVER = 'node1.example';
const SOA = '06646f636b6572 00 0006 0001';
const MANY = '046d616e79 06646f636b6572 00 0001 0001';
const CLIENT_COOKIE = '0102030405060708';

/** Hex with blanks for reading. */
function bytes(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.join('').replaceAll(' ', ''), 'hex');
}

function uint16(value: number): string {
  return value.toString(16).padStart(4, '0');
}

/** An OPT record; options are hex, code and length included. */
function opt({ payload = 1232, version = 0, flags = 0, options = '' } = {}): string {
  const rdata = options.replaceAll(' ', '');
  return `00 0029 ${uint16(payload)} 00 ${uint16(version).slice(2)} ${uint16(flags)} ${uint16(rdata.length / 2)} ${rdata}`;
}

interface Asked {
  readonly question?: string;
  /** The header's flags and opcode. */
  readonly flags?: number;
  readonly additional?: readonly string[];
}

function query({ question = SOA, flags = 0, additional = [] }: Asked): Buffer {
  const count = question === '' ? 0 : 1;
  return bytes(
    `1267 ${uint16(flags)} ${uint16(count)} 0000 0000 ${uint16(additional.length)}`,
    question,
    ...additional,
  );
}

interface Reply {
  readonly rcode: number;
  /** AA, TC, RD, RA, the unused bit, AD and CD. */
  readonly flags: number;
  readonly answers: number;
  readonly opt?: {
    readonly version: number;
    readonly flags: number;
    readonly options: readonly number[];
  };
}

/** What a test is about, read by a codec that is not ours. */
function read(reply: Buffer): Reply {
  const { answers = [], additionals = [] } = dnsPacket.decode(reply);
  const header = reply.readUInt16BE(2);
  const records = additionals.filter(({ type }) => type === 'OPT') as unknown as readonly {
    readonly extendedRcode: number;
    readonly ednsVersion: number;
    readonly flags: number;
    readonly options: readonly { readonly code: number }[];
  }[];
  assert.ok(records.length < 2, 'two OPT records');
  const [record] = records;
  return {
    rcode: (header & 15) | ((record?.extendedRcode ?? 0) << 4),
    flags: header & 0x07f0,
    answers: answers.length,
    ...(record && {
      opt: {
        version: record.ednsVersion,
        flags: record.flags,
        options: record.options.map(({ code }) => code),
      },
    }),
  };
}

async function overUdp({ host, port }: SocketAddress, packet: Buffer): Promise<Buffer> {
  const client = createSocket('udp4');
  client.send(packet, port, host);
  const [reply] = (await once(client, 'message', { signal: AbortSignal.timeout(30_000) })) as [Buffer];
  client.close();
  return reply;
}

async function overTcp({ host, port }: SocketAddress, packet: Buffer): Promise<Buffer> {
  const client = connect({ host, port });
  client.end(Buffer.concat([bytes(uint16(packet.length)), packet]));
  const pieces: Buffer[] = [];
  for await (const piece of client) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).subarray(2);
}

const AA = 0x0400;
const TC = 0x0200;
const CD = 0x0010;
const DO = 0x8000;
const NOERROR = 0;
const FORMERR = 1;
const NOTIMP = 4;
const REFUSED = 5;
const BADVERS = 16;
const BADCOOKIE = 23;

const UNKNOWN = '0064 0000';
const NSID = '0003 0000';
const COOKIE = `000a 0008 ${CLIENT_COOKIE}`;
const SUBNET = '0008 0004 0001 00 00';
const EXPIRE = '0009 0000';
const [OPT_NSID, OPT_COOKIE, OPT_EDE] = [3, 10, 15];
/** An OPT record in a reply: version 0, no flags, and these options. */
const told = (...options: readonly number[]) => ({ version: 0, flags: 0, options });

/** The probes of the DNS flag day's tester by their names there, then our own. */
const PROBES: readonly (readonly [name: string, asked: Asked, expected: Reply])[] = [
  ['dns', {}, { rcode: NOERROR, flags: AA, answers: 1 }],
  ['edns', { additional: [opt({ payload: 4096 })] }, { rcode: NOERROR, flags: AA, answers: 1, opt: told() }],
  ['edns1', { additional: [opt({ version: 1 })] }, { rcode: BADVERS, flags: 0, answers: 0, opt: told() }],
  [
    'ednsopt',
    { additional: [opt({ options: UNKNOWN })] },
    { rcode: NOERROR, flags: AA, answers: 1, opt: told() },
  ],
  [
    'edns1opt',
    { additional: [opt({ version: 1, options: UNKNOWN })] },
    { rcode: BADVERS, flags: 0, answers: 0, opt: told() },
  ],
  [
    'do',
    { additional: [opt({ flags: DO })] },
    { rcode: NOERROR, flags: AA, answers: 1, opt: { ...told(), flags: DO } },
  ],
  [
    'ednsflags',
    { additional: [opt({ flags: 0x0080 })] },
    { rcode: NOERROR, flags: AA, answers: 1, opt: told() },
  ],
  [
    'docookie',
    { additional: [opt({ flags: DO, options: COOKIE })] },
    { rcode: NOERROR, flags: AA, answers: 1, opt: { ...told(OPT_COOKIE), flags: DO } },
  ],
  [
    'optlist',
    { additional: [opt({ options: `${NSID} ${SUBNET} ${EXPIRE} ${COOKIE}` })] },
    { rcode: NOERROR, flags: AA, answers: 1, opt: told(OPT_COOKIE, OPT_NSID) },
  ],
  [
    'every flag of OPT and an unknown version',
    { additional: [opt({ version: 255, flags: 0xffff, options: `${NSID} ${COOKIE}` })] },
    { rcode: BADVERS, flags: 0, answers: 0, opt: { ...told(OPT_COOKIE, OPT_NSID), flags: DO } },
  ],
  ['the unused bit of the header', { flags: 0x0040 }, { rcode: NOERROR, flags: AA, answers: 1 }],
  ['AD, which only a validator may set', { flags: 0x0020 }, { rcode: NOERROR, flags: AA, answers: 1 }],
  ['CD, which is echoed', { flags: CD }, { rcode: NOERROR, flags: AA | CD, answers: 1 }],
  [
    'TC, AA and RA in a question',
    { flags: AA | TC | 0x0080, additional: [opt()] },
    { rcode: NOERROR, flags: AA, answers: 1, opt: told() },
  ],
  [
    'an unknown opcode',
    { flags: 0x7800, additional: [opt()] },
    { rcode: NOTIMP, flags: 0, answers: 0, opt: told() },
  ],
  [
    'an unknown opcode and nothing else',
    { question: '', flags: 0x7800 },
    { rcode: NOTIMP, flags: 0, answers: 0 },
  ],
  ['two OPT', { additional: [opt(), opt()] }, { rcode: FORMERR, flags: 0, answers: 0, opt: told() }],
  [
    'two cookies',
    { additional: [opt({ options: `${COOKIE} ${COOKIE}` })] },
    { rcode: NOERROR, flags: AA, answers: 1, opt: told(OPT_COOKIE) },
  ],
  [
    'a broken cookie',
    { additional: [opt({ options: '000a 0003 010203' })] },
    { rcode: FORMERR, flags: 0, answers: 0, opt: told() },
  ],
  [
    'a cookie that is not ours',
    { additional: [opt({ options: `000a 0018 ${CLIENT_COOKIE.repeat(3)}` })] },
    { rcode: NOERROR, flags: AA, answers: 1, opt: told(OPT_COOKIE) },
  ],
  [
    'a cookie without a question',
    { question: '', additional: [opt({ options: COOKIE })] },
    { rcode: NOERROR, flags: 0, answers: 0, opt: told(OPT_COOKIE) },
  ],
  [
    'a cookie that is not ours, without a question',
    { question: '', additional: [opt({ options: `000a 0018 ${CLIENT_COOKIE.repeat(3)}` })] },
    { rcode: BADCOOKIE, flags: 0, answers: 0, opt: told(OPT_COOKIE) },
  ],
  [
    'a name that is not ours',
    {
      question: '076578616d706c65 00 0001 0001',
      additional: [opt({ options: `${COOKIE} ${NSID}` })],
    },
    { rcode: REFUSED, flags: 0, answers: 0, opt: told(OPT_COOKIE, OPT_NSID, OPT_EDE) },
  ],
];

for (const [how, udpThreads] of [
  ['by one thread', 0],
  ['by threads of its own for UDP', 2],
] as const) {
  describe(`EDNS compliance, ${how}`, () => compliance(udpThreads));
}

function compliance(udpThreads: number): void {
  let server: Running;
  let at: SocketAddress;
  before(async () => {
    server = await running({ identity: { version: 'callsign 1.2.3', server: SERVER }, udpThreads });
    at = server.nameserver.dnsAddresses[0] as SocketAddress;
    for (let last = 0; last < 100; last += 1) {
      await put(server.store, `docker/many/i${last}`, `{"host":"10.0.0.${last}"}`);
    }
    await eventually(async () => {
      const { answers } = read(await overTcp(at, query({ question: MANY })));
      assert.equal(answers, 100);
    });
  });
  after(() => server[Symbol.asyncDispose]());

  for (const [name, asked, expected] of PROBES) {
    it(`answers the probe: ${name}`, async () => {
      const packet = query(asked);
      // The second time a thread has what the first one had finished.
      for (const reply of [await overUdp(at, packet), await overUdp(at, packet), await overTcp(at, packet)]) {
        assert.deepEqual(read(reply), expected);
        assert.equal(reply.readUInt16BE(0), packet.readUInt16BE(0));
        assert.ok((reply.readUInt16BE(2) & 0x8000) !== 0, 'QR');
      }
    });
  }

  for (const [name, payload, most] of [
    ['edns@512', 512, 512],
    ['a payload of nothing, which is 512', 0, 512],
    ['a payload of 4096, of which 1232 are used', 4_096, 1_232],
  ] as const) {
    it(`answers the probe: ${name}`, async () => {
      const packet = query({ question: MANY, additional: [opt({ payload, options: `${COOKIE} ${NSID}` })] });
      for (const reply of [await overUdp(at, packet), await overUdp(at, packet)]) {
        const { flags, opt: seen } = read(reply);
        assert.ok(reply.length <= most, `${reply.length} bytes`);
        assert.deepEqual([flags, seen], [AA | TC, told(OPT_COOKIE, OPT_NSID)]);
        assert.equal(dnsPacket.decode(reply).additionals?.length, 1);
      }
    });
  }

  it('answers the probe: edns512tcp', async () => {
    const reply = await overTcp(
      at,
      query({ question: MANY, additional: [opt({ payload: 512, flags: DO })] }),
    );
    assert.deepEqual(read(reply), {
      rcode: NOERROR,
      flags: AA,
      answers: 100,
      opt: { ...told(), flags: DO },
    });
  });

  it('offers 1232 bytes itself', async () => {
    const [record] = dnsPacket.decode(await overUdp(at, query({ additional: [opt({ payload: 512 })] })))
      .additionals as unknown as readonly [{ readonly udpPayloadSize: number }];
    assert.equal(record.udpPayloadSize, 1_232);
  });

  it('knows its own cookie again', async () => {
    const first = await overUdp(at, query({ additional: [opt({ options: COOKIE })] }));
    const cookie = first.subarray(-24).toString('hex');
    assert.equal(cookie.slice(0, 16), CLIENT_COOKIE);
    const packet = query({ question: '', additional: [opt({ options: `000a 0018 ${cookie}` })] });
    for (const again of [await overUdp(at, packet), await overTcp(at, packet)]) {
      assert.equal(read(again).rcode, NOERROR);
      assert.equal(again.subarray(-24).toString('hex'), cookie);
    }
  });

  it('tells nobody its name when it is hidden', async () => {
    await using hidden = await running();
    const [where] = hidden.nameserver.dnsAddresses as [SocketAddress];
    const reply = read(await overUdp(where, query({ additional: [opt({ options: `${NSID} ${COOKIE}` })] })));
    assert.deepEqual(reply.opt, told(OPT_COOKIE));
  });

  describe('as dig sees it', () => {
    before(function () {
      requireParts(this, DIG);
    });

    for (const [words, seen, unseen] of [
      [['+noedns'], /status: NOERROR/, /OPT PSEUDOSECTION/],
      [['+edns=0', '+nocookie'], /EDNS: version: 0, flags:; udp: 1232/, /OPT=/],
      [['+edns=1', '+noednsnegotiation', '+nocookie'], /status: BADVERS[\s\S]*EDNS: version: 0/, /SOA\t/],
      [['+ednsopt=100:0102', '+nocookie'], /status: NOERROR/, /OPT=100/],
      [['+ednsflags=0x40', '+nocookie'], /EDNS: version: 0, flags:; udp/, /MBZ/],
      [['+dnssec'], /EDNS: version: 0, flags: do; udp/, /flags:[^;]* ad/],
      [['+cookie'], /COOKIE: [0-9a-f]{48} \(good\)/, /BADCOOKIE/],
      [['+cookie', '+tcp'], /COOKIE: [0-9a-f]{48} \(good\)/, /BADCOOKIE/],
      [['+cookie', '+header-only'], /status: NOERROR[\s\S]*QUERY: 0[\s\S]*\(good\)/, /SOA\t/],
      [['+nsid'], /NSID: .*"node1\.example"/, /malformed/],
      [['+nsid', '+subnet=0.0.0.0/0', '+expire', '+cookie'], /\(good\)[\s\S]*NSID: /, /CLIENT-SUBNET|EXPIRE/],
      [['+opcode=15'], /status: NOTIMP/, /SOA\t/],
      [['+zflag'], /status: NOERROR/, /MBZ/],
      [['+adflag', '+cdflag'], /flags: qr aa cd;/, /status: [^N]/],
    ] as const) {
      it(`dig ${words.join(' ')}`, async () => {
        const { host, port } = at;
        const args = [`@${host}`, '-p', String(port), 'docker', 'SOA', '+norec', '+tries=1', '+time=2'];
        const text = await exec(pathOf(DIG), [...args, ...words]);
        assert.match(text, seen, formatSocketAddress(at));
        assert.doesNotMatch(text.split(';; Got answer')[1] ?? text, unseen);
      });
    }
  });
}
