import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { silentLog, systemClock } from '@callsign/daemon';
import {
  type BatchExchange,
  decodeMessage,
  EDNS_PAYLOAD,
  type Exchange,
  encodeMessage,
  encodeQuestion,
  FLAG,
  ForwardCache,
  findOpt,
  HEADER,
  inspectMessage,
  MAX_MESSAGE,
  MessageError,
  Networks,
  PASS,
  PLAIN_PAYLOAD,
  parseNetwork,
  parseProxyHeader,
  Query,
  questionEnd,
  readAnswer,
  type Transport,
  type TsigKey,
  TYPE,
} from '@callsign/dns';
import {
  DnsCounters,
  type ResponderOptions,
  UsualResponder,
  Zone,
  ZoneResponder,
} from '@callsign/nameserver';
import dnsPacket from 'dns-packet';
import { writeRelayed } from '../../packages/dns/src/relay/relayed-reply.ts';
import { Transfers } from '../../packages/nameserver/src/transfer/transfers.ts';
import { ZoneCopies } from '../../packages/nameserver/src/zone-copies.ts';
import { fetching } from '../support/recursor.ts';

/** What is done with an input. It throws when something is not as it has to be, whatever the input. */
export type Target = (bytes: Buffer) => void | Promise<void>;

const IDENTITY = { version: 'callsign 1.2.3', server: 'node1' };
const DOMAINS = ['docker.'];

/** The signed questions of the corpus are signed with it, at that time. */
const KEY: TsigKey = { name: 'key.', algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 1) };
const SIGNED_AT = 1_700_000_000;

/** A zone in which questions can take every way. */
const RECORDS: Readonly<Record<string, object>> = {
  'docker/web/a': { host: '10.0.0.1', port: 80 },
  'docker/web/b': { host: '2001:db8::1', port: 81, text: 'two' },
  'docker/app/*': { host: '10.0.0.2' },
  'docker/away': { host: 'www.example.org' },
  'docker/alias': { host: 'web.docker' },
  'docker/ring/a': { host: 'b.ring.docker' },
  'docker/ring/b': { host: 'a.ring.docker' },
  'docker/post': { host: '10.0.0.3', mail: true, priority: 5 },
  ...Object.fromEntries(
    Array.from({ length: 90 }, (_, at) => [`docker/many/i${at}`, { host: `10.0.1.${at}`, port: 80 }]),
  ),
};

const ENTRIES = Object.entries(RECORDS).map(([key, value], at) => ({
  key,
  value: JSON.stringify(value),
  revision: at + 1,
}));
const ZONE = zoneOf(ENTRIES);
/** What a transfer goes through from end to end, with each kind of record in it. */
const SMALL_ZONE = zoneOf(ENTRIES.filter(({ key }) => !key.startsWith('docker/many/')));

/** Questions that an upstream is asked for: a name that is not ours, and one of ours that leads there. */
const ELSEWHERE = encodeQuestion(0x1267, 'www.example.org.', TYPE.A);
const FORWARDED = [ELSEWHERE, encodeQuestion(0x1268, 'away.docker.', TYPE.A)];

/** What the upstream says next. */
let upstream: Buffer = Buffer.alloc(HEADER);

/** Kept for one input alone: the next has another upstream. */
let cache = cacheOf();

const signing = { keys: [KEY], clock: { ...systemClock, now: () => SIGNED_AT * 1_000 } };
const alone = responder(signing);
const transferring = responder({
  ...signing,
  transfers: new Transfers({
    domains: DOMAINS,
    access: { networks: new Networks([parseNetwork('192.0.2.1')]), signed: false },
    copies: new ZoneCopies(),
    log: silentLog,
  }),
});
transferring.publish(SMALL_ZONE);
const forwarding = responder({ recursor: { ask: (question, asker) => cache.ask(question, asker) } });

const CLIENT: BatchExchange = {
  transport: 'udp',
  peer: '192.0.2.1',
  readOrigin: () => assert.fail('nobody asks others'),
  defer: () => assert.fail('nobody is there to wait for'),
};
const FAST = Buffer.alloc(MAX_MESSAGE);
const usual = new UsualResponder(alone.usualAnswers, alone.addReader(), new DnsCounters());

function cacheOf(): ForwardCache {
  return new ForwardCache(
    fetching(async (question) => askUpstream(question)),
    { bytes: 1 << 20 },
  );
}

/** What passes the door behind which answers are trusted. */
function askUpstream(question: Buffer): { readonly message: Buffer } {
  const message = readAnswer(question, answerTo(question, upstream));
  if (message instanceof Buffer) return { message };
  throw new Error('nothing that can be used');
}

/** These bytes as a response with this id and question. */
function answerTo(question: Buffer, bytes: Buffer): Buffer {
  const end = questionEnd(question);
  const answer = Buffer.concat([
    bytes.subarray(0, HEADER),
    question.subarray(HEADER, end),
    bytes.subarray(end),
  ]);
  question.copy(answer, 0, 0, 2);
  answer.writeUInt16BE(answer.readUInt16BE(2) | FLAG.QR, 2);
  answer.writeUInt16BE(1, 4);
  return answer;
}

function zoneOf(entries: typeof ENTRIES): Zone {
  const options = { domains: DOMAINS, ttl: 30, negativeTtl: 5, onRefused: () => undefined };
  return Zone.of({ revision: entries.length, entries }, options);
}

function responder(more: Partial<ResponderOptions>): ZoneResponder {
  const counters = new DnsCounters();
  const made = new ZoneResponder({
    ...{ log: silentLog, counters, domains: DOMAINS, identity: IDENTITY },
    ...more,
  });
  made.publish(ZONE);
  return made;
}

export const TARGETS: Readonly<Record<string, Target>> = {
  /** The reader of queries looks at nothing behind the packet, and what it reports lies within it. */
  query(bytes) {
    const [zeros, ones] = [0x00, 0xff].map((filler) => readQuery(bytes, filler));
    assert.deepEqual(zeros, ones, 'what stands behind the packet matters');
    const { verdict, query } = readQueryIn(bytes);
    assert.ok(query.end <= Math.max(bytes.length, HEADER), 'the question ends behind the packet');
    assert.ok(query.cookieAt + query.cookieLength <= bytes.length, 'the cookie ends behind the packet');
    if (verdict !== 'answer') return;
    const size = query.labels().reduce((sum, label) => sum + label.length + 1, 1);
    assert.equal(HEADER + size + 4, query.end, 'the labels are not the name');
  },

  /** What the inspector accepts, the codec reads, writes again and reads alike; what it refuses is an error. */
  message(bytes) {
    if (inspectMessage(bytes).fault !== undefined) {
      assert.throws(() => decodeMessage(bytes), MessageError);
      return;
    }
    const message = decodeMessage(bytes);
    const again = written(message);
    const unused = 0x0040;
    if (again !== undefined)
      assert.deepEqual(decodeMessage(again), { ...message, flags: message.flags & ~unused });
  },

  /** Whatever is asked: a reply to this very packet that another codec can read and that the client can take. */
  responder(bytes) {
    // What was compiled for an earlier input must not hide what this one does.
    alone.publish(ZONE);
    for (const transport of ['udp', 'tcp'] as const) respondOnce(bytes, transport);
  },

  /** A thread that has finished answers alone says what the one says that has the zone, or passes the question on. */
  usual(bytes) {
    alone.publish(ZONE);
    respondOnce(bytes, 'udp');
    const length = usual.respond(bytes, bytes.length, FAST, CLIENT);
    if (length === PASS) return;
    assert.equal(length === 0, readQueryIn(bytes).verdict === 'drop');
    if (length === 0) return;
    check(bytes, FAST.subarray(0, length), 'udp');
    assert.deepEqual(FAST.subarray(0, HEADER), REPLY.subarray(0, HEADER), 'another header');
  },

  /** Whatever an upstream answers: a sound reply, from the upstream and from what was kept of it. */
  async forwarded(bytes) {
    if (bytes.length < HEADER) return;
    upstream = bytes;
    cache = cacheOf();
    for (const query of [...FORWARDED, ...FORWARDED]) check(query, await respondLater(query), 'udp');
  },

  /** Who asks for the whole zone gets whole messages and an end, or one reply. */
  async transferred(bytes) {
    const { promise: ended, resolve: end, reject } = Promise.withResolvers<void>();
    const messages: Buffer[] = [];
    const stream = () => {
      const send = async (message: Uint8Array) => messages.push(Buffer.from(message)) > 0;
      return { send, end, abort: () => reject(new Error('a transfer was not finished')) };
    };
    const exchange: Exchange = { ...CLIENT, transport: 'tcp', stream };
    const length = transferring.respond(bytes, bytes.length, REPLY, exchange);
    if (length > 0) check(bytes, REPLY.subarray(0, length), 'tcp');
    const { query, verdict } = readQueryIn(bytes);
    if (length > 0 || verdict === 'drop') return;
    assert.ok(query.type === TYPE.AXFR || query.type === TYPE.IXFR, 'neither a reply nor a transfer');
    await ended;
    for (const message of messages) assert.equal(inspectMessage(message).fault, undefined);
  },

  /** What a thread makes of an upstream's answer for its client is what the main thread makes of it. */
  async relayed(bytes) {
    if (bytes.length < HEADER) return;
    upstream = bytes;
    cache = cacheOf();
    const message = readAnswer(ELSEWHERE, answerTo(ELSEWHERE, bytes));
    if (!(message instanceof Buffer)) return;
    const { query } = readQueryIn(ELSEWHERE);
    const length = writeRelayed(FAST, query, message);
    assert.deepEqual(FAST.subarray(0, length), await respondLater(ELSEWHERE));
  },

  /** An answer is to the question and whole, or it is dropped. */
  upstream(bytes) {
    if (!(readAnswer(ELSEWHERE, bytes) instanceof Buffer)) return;
    assert.deepEqual(bytes.subarray(0, 2), ELSEWHERE.subarray(0, 2));
    assert.ok((bytes.readUInt16BE(2) & FLAG.QR) !== 0, 'a question is no answer');
    assert.ok(findOpt(bytes) !== undefined, 'the records do not add up');
  },

  /** The header that proxies write: it ends within what has come, and whose the connection is is an address. */
  proxy(bytes) {
    const header = parseProxyHeader(bytes);
    if (header.kind !== 'header') return;
    assert.ok(header.length <= bytes.length, 'the header ends behind the packet');
    if (header.source !== undefined) assert.ok(isIP(header.source) > 0, header.source);
  },
};

function readQuery(bytes: Buffer, filler: number): unknown {
  const { verdict, query } = readQueryIn(Buffer.concat([bytes, Buffer.alloc(64, filler)]), bytes.length);
  const { id, flags, opcode, type, class: kind, end, key, edns, dnssecOk, payload } = query;
  const { cookieAt, cookieLength, nsid } = query;
  const read = { id, flags, opcode, type, kind, end, edns, dnssecOk, payload, cookieAt, cookieLength, nsid };
  return { verdict, ...read, key: verdict === 'answer' ? key : '' };
}

function readQueryIn(bytes: Buffer, length = bytes.length) {
  const query = new Query();
  return { query, verdict: query.read(bytes, length) };
}

function written(message: ReturnType<typeof decodeMessage>): Buffer | undefined {
  try {
    return encodeMessage(message);
  } catch (error) {
    assert.ok(error instanceof MessageError, `threw ${error}`);
    return undefined;
  }
}

const REPLY = Buffer.alloc(MAX_MESSAGE);

function respondOnce(bytes: Buffer, transport: Transport): void {
  const { verdict } = readQueryIn(bytes);
  const length = alone.respond(bytes, bytes.length, REPLY, { ...CLIENT, transport });
  assert.equal(length === 0, verdict === 'drop', 'a reply, or none, to what is none of our business');
  if (length === 0) return;
  check(bytes, REPLY.subarray(0, length), transport);
  dnsPacket.decode(REPLY.subarray(0, length));
}

function respondLater(bytes: Buffer): Promise<Uint8Array> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  const exchange: Exchange = { transport: 'udp', peer: '192.0.2.1', defer: () => resolve };
  assert.equal(forwarding.respond(bytes, bytes.length, REPLY, exchange), 0, 'answered without asking');
  return promise;
}

function check(packet: Buffer, bytes: Uint8Array, transport: Transport): void {
  const { query } = readQueryIn(packet);
  const reply = Buffer.from(bytes);
  const most = transport === 'udp' ? query.payload : MAX_MESSAGE;
  assert.ok(reply.length <= most, `${reply.length} bytes of ${most}`);
  assert.ok(most === MAX_MESSAGE || most <= (query.edns ? EDNS_PAYLOAD : PLAIN_PAYLOAD));
  assert.deepEqual(reply.subarray(0, 2), packet.subarray(0, 2), 'another id');
  assert.equal(reply.readUInt16BE(2) & 0xf800, 0x8000 | (packet.readUInt16BE(2) & 0x7800), 'QR and opcode');
  assert.deepEqual(reply.subarray(HEADER, query.end), packet.subarray(HEADER, query.end), 'another question');
  const opt = findOpt(reply);
  assert.ok(opt !== undefined, 'the records do not add up');
  assert.equal(opt.end > opt.start, query.edns, 'OPT where there was none, or none where it was');
}
