import assert from 'node:assert/strict';
import {
  explain,
  MAX_MESSAGE,
  OPTION,
  PLAIN_PAYLOAD,
  Query,
  RCODE,
  replyLimit,
  withOptOf,
  writeEmptyReply,
} from '@callsign/dns';
import dnsPacket from 'dns-packet';

const QUESTION = { name: 'www.example.org', type: 'A' } as const;
const ANSWER = { ...QUESTION, ttl: 60, data: '192.0.2.1' } as const;
const GLUE = { ...QUESTION, name: 'ns.example.org', ttl: 60, data: '192.0.2.53' } as const;
const COOKIE = Buffer.from('0102030405060708', 'hex');
const REASON = Buffer.from([0, 6, 0x62, 0x61, 0x64]);

interface Option {
  readonly code: number;
  readonly data: Buffer;
}

function opt(options: readonly Option[], extendedRcode = 0): typeof GLUE {
  return { type: 'OPT', name: '.', udpPayloadSize: 4_096, flags: 0, extendedRcode, options } as never;
}

/** A SERVFAIL without records for a client that offers this OPT record, and has options put into the reply's. */
function emptyFor(
  additionals: readonly (typeof GLUE)[],
  fill: (query: Query) => void = () => undefined,
): Buffer {
  const packet = dnsPacket.encode({
    type: 'query',
    id: 7,
    questions: [QUESTION],
    additionals: [...additionals],
  });
  const query = new Query();
  query.read(packet, packet.length);
  fill(query);
  const reply = Buffer.alloc(PLAIN_PAYLOAD);
  return reply.subarray(0, writeEmptyReply(reply, query, 2));
}

const addCookie = ({ options }: Query) =>
  void COOKIE.copy(options.bytes, options.add(OPTION.COOKIE, COOKIE.length));

/** The options of a message's only OPT record, its payload size first; undefined when there is none. */
function optOf(message: Buffer): readonly unknown[] | undefined {
  const { additionals = [] } = dnsPacket.decode(message);
  const found = additionals.filter(({ type }) => type === 'OPT') as unknown as {
    readonly udpPayloadSize: number;
    readonly extendedRcode: number;
    readonly options: readonly Option[];
  }[];
  assert.ok(found.length < 2, 'two OPT records');
  return found.flatMap(({ udpPayloadSize, extendedRcode, options }) => [
    udpPayloadSize,
    extendedRcode,
    ...options.map(({ code, data }) => `${code} ${data.toString('hex')}`),
  ]);
}

/** The message with one more address behind it, whose name stands at this place. */
function withOneMore(message: Buffer, at: number): Buffer {
  message.writeUInt16BE(message.readUInt16BE(10) + 1, 10);
  const record = Buffer.from('c000000100010000003c0004c0000236', 'hex');
  record.writeUInt16BE(0xc000 | at, 0);
  return Buffer.concat([message, record]);
}

describe('the OPT record of a message of somebody else', () => {
  const cookie = `10 ${COOKIE.toString('hex')}`;
  const reason = `15 ${REASON.toString('hex')}`;
  const theirs = [
    { code: 3, data: Buffer.from('upstream') },
    { code: 15, data: REASON },
    { code: 10, data: Buffer.alloc(24) },
  ];
  for (const [what, client, additionals, expected] of [
    ['is left out for a client without EDNS', emptyFor([]), [GLUE, opt(theirs)], []],
    ['is made where there was none', emptyFor([opt([])], addCookie), [GLUE], [1232, 0, cookie]],
    [
      'gives way to ours but for the reason',
      emptyFor([opt([])], addCookie),
      [opt(theirs)],
      [1232, 0, cookie, reason],
    ],
    ['keeps its upper bits of the rcode to itself', emptyFor([opt([])]), [GLUE, opt([], 1)], [1232, 0]],
    ['is replaced wherever it stands', emptyFor([opt([])]), [GLUE, opt(theirs)], [1232, 0, reason]],
  ] as const) {
    it(what, () => {
      const message = dnsPacket.encode({
        ...{
          type: 'response',
          id: 9,
          questions: [QUESTION],
          answers: [ANSWER],
          additionals: [...additionals],
        },
      });
      const reply = withOptOf(client, message) as Buffer;
      assert.deepEqual(optOf(reply), expected);
      const { answers, additionals: others = [] } = dnsPacket.decode(reply);
      const data = others.filter(({ type }) => type === 'A');
      assert.equal(answers?.length, 1);
      assert.equal(data.length, (additionals as readonly unknown[]).includes(GLUE) ? 1 : 0);
    });
  }

  it('takes with it what stands behind, for that may point behind it', () => {
    const elsewhere = { ...GLUE, name: 'ns.other.net' };
    const message = dnsPacket.encode({
      ...{ type: 'response', questions: [QUESTION], answers: [ANSWER] },
      additionals: [GLUE, opt(theirs), elsewhere],
    });
    const pointing = withOneMore(message, message.indexOf('\x02ns\x05other', 'latin1'));
    const names = (bytes: Buffer) => dnsPacket.decode(bytes).additionals?.map(({ name }) => name);
    assert.deepEqual(names(pointing), ['ns.example.org', '.', 'ns.other.net', 'ns.other.net']);
    assert.deepEqual(names(withOptOf(emptyFor([opt([])]), pointing) as Buffer), ['ns.example.org', '.']);
    assert.deepEqual(names(withOptOf(emptyFor([]), pointing) as Buffer), ['ns.example.org']);
  });

  it('is not looked for in a message that does not add up', () => {
    const message = dnsPacket.encode({ type: 'response', id: 9, questions: [QUESTION], answers: [ANSWER] });
    for (const broken of [message.subarray(0, -1), Buffer.concat([message, Buffer.of(0)])]) {
      assert.equal(withOptOf(emptyFor([]), broken), undefined);
    }
  });
});

describe('a reply', () => {
  const query = new Query();
  /** A NOTIFY in which every flag is set. */
  const packet = Buffer.from(
    '0007 27f0 0001 0000 0000 0000 03777777 00 0001 0001'.replaceAll(' ', ''),
    'hex',
  );

  it('echoes id, opcode, RD and CD, and no other flag', () => {
    query.read(packet, packet.length);
    const reply = Buffer.alloc(PLAIN_PAYLOAD);
    writeEmptyReply(reply, query, RCODE.NOTIMP);
    assert.equal(reply.toString('hex', 0, 4), '0007a114');
  });

  it('leaves the room free that is kept for its signature', () => {
    query.read(packet, packet.length);
    query.reserved = 100;
    const limits = (['udp', 'tcp', 'https'] as const).map((transport) => replyLimit(query, transport));
    assert.deepEqual(limits, [412, 65_435, 65_435]);
  });
});

describe('an extended error', () => {
  it('is for clients alone that bring EDNS', () => {
    const empty = emptyFor([]);
    const reply = Buffer.alloc(PLAIN_PAYLOAD);
    assert.equal(explain(reply, empty.copy(reply), { code: 6, text: 'bad' }, MAX_MESSAGE), empty.length);
  });

  it('stands behind the options that the client asked for', () => {
    const empty = emptyFor([opt([])], addCookie);
    const reply = Buffer.alloc(PLAIN_PAYLOAD);
    const length = explain(reply, empty.copy(reply), { code: 6, text: 'bad' }, MAX_MESSAGE);
    assert.deepEqual(optOf(reply.subarray(0, length)), [
      ...[1232, 0, `10 ${COOKIE.toString('hex')}`, `15 ${REASON.toString('hex')}`],
    ]);
  });

  it('is cut at a whole character where the smallest payload ends', () => {
    const reply = Buffer.alloc(2 * PLAIN_PAYLOAD);
    const length = explain(
      reply,
      emptyFor([opt([])]).copy(reply),
      { code: 6, text: 'ü'.repeat(400) },
      MAX_MESSAGE,
    );
    assert.ok(length <= PLAIN_PAYLOAD && length >= PLAIN_PAYLOAD - 1, String(length));
    assert.equal(optOf(reply.subarray(0, length))?.length, 3);
  });

  it('is left out where there is no room for it', () => {
    const empty = emptyFor([opt([])]);
    const reply = Buffer.alloc(PLAIN_PAYLOAD);
    const lengths = [5, 6].map((room) =>
      explain(reply, empty.copy(reply), { code: 6, text: 'bad' }, empty.length + room),
    );
    assert.deepEqual(lengths, [empty.length, empty.length + 6]);
  });
});
