import assert from 'node:assert/strict';
import {
  decodeMessage,
  encodeMessage,
  encodeQuestion,
  FLAG,
  inspectMessage,
  type Message,
  MessageError,
  presentName,
  RecordEncoder,
  type ResourceRecord,
  splitText,
  TYPE,
  wholeName,
} from '@callsign/dns';
import dnsPacket, { type Answer } from 'dns-packet';
import fc from 'fast-check';

const label = fc.oneof(
  fc.stringMatching(/^[a-z0-9_-]{1,12}$/),
  fc.constantFrom('constructor', '__proto__', 'toString', 'valueOf', '*'),
);
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => `${labels.join('.')}.`);
const uint16 = fc.nat(65_535);
/** What the codec can write of 32 bits. */
const uint31 = fc.nat(2 ** 31 - 1);
const ttl = uint31;
const string = fc.stringMatching(/^[ -~]{0,255}$/);

const record: fc.Arbitrary<ResourceRecord> = fc.oneof(
  fc.record({ name, ttl, type: fc.constant('A' as const), address: fc.ipV4() }),
  fc.record({ name, ttl, type: fc.constant('AAAA' as const), address: fc.ipV6() }),
  fc.record({
    name,
    ttl,
    type: fc.constantFrom('CNAME' as const, 'NS' as const, 'PTR' as const),
    target: name,
  }),
  fc.record({ name, ttl, type: fc.constant('MX' as const), preference: uint16, target: name }),
  fc.record({
    name,
    ttl,
    type: fc.constant('SRV' as const),
    priority: uint16,
    weight: uint16,
    port: uint16,
    target: name,
  }),
  fc.record({
    name,
    ttl,
    type: fc.constant('TXT' as const),
    strings: fc.array(string, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ name, ttl, type: fc.constant('HINFO' as const), cpu: string, os: string }),
  fc.record({
    ...{ name, ttl, type: fc.constant('SOA' as const), mname: name, rname: name },
    ...{ serial: uint31, refresh: uint31, retry: uint31, expire: uint31, minimum: uint31 },
  }),
  fc.record({
    ...{ name, ttl, type: fc.constant('OTHER' as const) },
    number: fc.integer({ min: 65_280, max: 65_534 }),
    rdata: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  }),
);

/** A message with records, as the fields that a test does not care about. */
function messageOf(answer: readonly ResourceRecord[], question = 'web.docker.'): Message {
  return {
    id: 7,
    flags: FLAG.QR | FLAG.AA,
    rcode: 0,
    question: { name: question, type: TYPE.A, class: 1 },
    answer,
    authority: [],
    additional: [],
  };
}

/** A message whose second record has a name of so many pointers, one to the other and the last to the question. */
function throughPointers(pointers: number): Buffer {
  const question = Buffer.from('0000 8000 0001 0002 0000 0000 0161 00 0001 0001'.replaceAll(' ', ''), 'hex');
  const first = question.length + 11;
  const chain = Array.from({ length: pointers - 1 }, (_, at) => (at === 0 ? 12 : first + 2 * (at - 1)));
  const rdata = Buffer.concat(chain.map(pointerTo));
  const last = first + rdata.length - 2;
  return Buffer.concat([question, opaque(Buffer.alloc(1), rdata), opaque(pointerTo(last), Buffer.alloc(0))]);
}

function pointerTo(offset: number): Buffer {
  return Buffer.from([0xc0 | (offset >> 8), offset & 255]);
}

/** A record of a type for private use. */
function opaque(owner: Buffer, rdata: Buffer): Buffer {
  const fixed = Buffer.from('ff000001000000000000', 'hex');
  fixed.writeUInt16BE(rdata.length, 8);
  return Buffer.concat([owner, fixed, rdata]);
}

describe('message', () => {
  it('writes what a second codec reads', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), name, (records, question) => {
        const seen = dnsPacket.decode(encodeMessage(messageOf(records, question)));
        assert.deepEqual(
          seen.questions?.map((asked) => `${asked.name}.`),
          [question],
        );
        assert.deepEqual(seen.answers?.map(oracle), records.map(expected));
      }),
    );
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), (records) => {
        const read = decodeMessage(encodeMessage(messageOf(records)));
        assert.deepEqual(read.answer, records.map(canonical));
      }),
    );
  });

  it('reads and writes labels of any bytes', () => {
    const any = fc.uint8Array({ minLength: 1, maxLength: 63 });
    const odd = fc
      .array(any, { minLength: 1, maxLength: 3 })
      .map((labels) => presentName(labels.map((bytes) => Buffer.from(bytes).toString('latin1'))));
    fc.assert(
      fc.property(odd, odd, odd, (owner, target, other) => {
        const times = { serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 };
        const records: ResourceRecord[] = [
          { name: owner, ttl: 1, type: 'CNAME', target },
          { name: target, ttl: 1, type: 'MX', preference: 1, target: other },
          { name: owner, ttl: 1, type: 'SRV', priority: 1, weight: 2, port: 3, target: other },
          { name: target, ttl: 1, type: 'SOA', mname: owner, rname: other, ...times },
        ];
        const bytes = encodeMessage(messageOf(records, owner));
        assert.deepEqual(bytes.subarray(12, 12 + wholeName(owner).length), wholeName(owner));
        const { question, answer } = decodeMessage(bytes);
        assert.deepEqual([question.name, answer], [owner, records]);
      }),
    );
  });

  it('carries EDNS and the upper bits of the rcode', () => {
    const edns = { payload: 1232, dnssecOk: true };
    const read = decodeMessage(encodeMessage({ ...messageOf([]), rcode: 16, edns }));
    assert.deepEqual([read.rcode, read.edns], [16, edns]);
    assert.deepEqual(decodeMessage(encodeQuestion(9, 'web.docker.', TYPE.SRV)).question.type, TYPE.SRV);
  });

  it('takes OPT for no record, even two of them', () => {
    const bytes = encodeMessage({ ...messageOf([]), edns: { payload: 1232, dnssecOk: false } });
    const twice = Buffer.concat([bytes, bytes.subarray(-11)]);
    twice.writeUInt16BE(1, 6);
    assert.deepEqual(decodeMessage(twice), { ...decodeMessage(bytes), answer: [] });
  });

  it('keeps the bytes of a type that it does not know', () => {
    const rdata = Buffer.from('00050101ff', 'hex');
    const odd = { name: 'web.docker.', ttl: 5, type: 'OTHER', number: 65_280, rdata } as const;
    const [read] = decodeMessage(encodeMessage({ ...messageOf([]), answer: [odd] })).answer;
    assert.deepEqual(read, odd);
  });

  for (const [what, number, hex] of [
    ['NAPTR whose replacement points to itself', 35, '0001000100000000c02c'],
    ['NAPTR of no length', 35, ''],
    ['SPF', 99, '0568656c6c6f'],
    ['SPF whose string is longer than its record', 99, '0568'],
    ['TLSA of one byte', 52, '03'],
  ] as const) {
    it(`hands the codec no ${what}`, () => {
      const rdata = Buffer.from(hex, 'hex');
      const odd = { name: 'web.docker.', ttl: 5, type: 'OTHER', number: 65_280, rdata } as const;
      const bytes = Buffer.from(encodeMessage({ ...messageOf([]), answer: [odd] }));
      bytes.writeUInt16BE(number, bytes.indexOf(Buffer.from([0xff, 0x00])));
      assert.deepEqual(decodeMessage(bytes).answer, [{ ...odd, number }]);
    });
  }

  for (const [what, message] of [
    ['an address of the wrong family', messageOf([{ name: 'a.', ttl: 1, type: 'A', address: '::1' }])],
    ['a TTL of 32 bits', messageOf([{ name: 'a.', ttl: 2 ** 31, type: 'A', address: '10.0.0.1' }])],
    ['an empty label', messageOf([{ name: 'a..b.', ttl: 1, type: 'A', address: '10.0.0.1' }])],
    [
      'a label of 64 bytes',
      messageOf([{ name: `${'a'.repeat(64)}.`, ttl: 1, type: 'A', address: '10.0.0.1' }]),
    ],
    ['a string of 256 bytes', messageOf([{ name: 'a.', ttl: 1, type: 'TXT', strings: ['x'.repeat(256)] }])],
    [
      'a character string of 256 bytes in HINFO',
      messageOf([{ name: 'a.', ttl: 1, type: 'HINFO', cpu: 'x'.repeat(256), os: '' }]),
    ],
    [
      'a protocol id of 256 bytes',
      messageOf([{ name: 'a.', ttl: 1, type: 'HTTPS', priority: 1, target: '.', alpn: ['x'.repeat(256)] }]),
    ],
    [
      'more than fits',
      messageOf(new Array(300).fill({ name: 'a.', ttl: 1, type: 'TXT', strings: ['x'.repeat(250)] })),
    ],
  ] as const) {
    it(`refuses to write ${what}`, () => assert.throws(() => encodeMessage(message), MessageError));
  }

  for (const [what, hex] of [
    ['a name that points to itself', '00018180 0001 0000 0000 0000 c00c 0001 0001'],
    [
      'a name that points forward',
      '00018180 0001 0001 0000 0000 0161 00 0001 0001 c020 0001 0001 00000001 0004 0a000001',
    ],
    ['two names that point at each other', '00018180 0001 0001 0000 0000 c00e c00c 0001 0001'],
    [
      'an address of 3 bytes',
      '00018180 0001 0001 0000 0000 0161 00 0001 0001 c00c 0001 0001 00000001 0003 0a0000',
    ],
    [
      'a string longer than its record',
      '00018180 0001 0001 0000 0000 0161 00 0001 0001 c00c 0010 0001 00000001 0002 0561',
    ],
    [
      "a name that points into a record's TTL, where one seems to be",
      '00018180 0001 0002 0000 0000 0161 00 0001 0001 c00c 0001 0001 01610000 0004 0a000001' +
        'c019 0001 0001 00000001 0004 0a000001',
    ],
    ['a record that is not there', '00018180 0001 0001 0000 0000 0161 00 0001 0001'],
    ['bytes behind the end', '00018180 0001 0000 0000 0000 0161 00 0001 0001 00'],
  ] as const) {
    it(`refuses to read ${what}`, () => {
      assert.throws(() => decodeMessage(Buffer.from(hex.replaceAll(' ', ''), 'hex')), MessageError);
    });
  }

  it('refuses a name that a pointer into the question lets end among the fields of a record', () => {
    // The pointer c011 leads into `example`, whose first letter is a length that reaches beyond the question.
    const hex = `12348580 0001 0001 0000 0001 03777777 072c78616d706c65 036f7267 00 0006 0001
      c010 0006 4001 0000003c 0020 026e73c010 04686f7374c011 00000001 00000001 00000001 00000001 00000014
      00 0069 1000 00000000 0000`;
    const bytes = Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
    assert.equal(inspectMessage(bytes).fault, 'a name that leads to no name');
  });

  for (const [pointers, fault] of [
    [127, undefined],
    [128, 'a broken record'],
  ] as const) {
    it(`${fault === undefined ? 'follows' : 'does not follow'} a name through ${pointers} pointers`, () =>
      assert.equal(inspectMessage(throughPointers(pointers)).fault?.replace(/ at .*/, ''), fault));
  }

  it('survives whatever is done to a message', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 4 }),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255))),
        (records, edits) => {
          const edns = { payload: 1232, dnssecOk: false };
          const bytes = Buffer.from(encodeMessage({ ...messageOf(records), edns }));
          for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
          if (inspectMessage(bytes).fault === undefined) decodeMessage(bytes);
          else assert.throws(() => decodeMessage(bytes), MessageError);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe('a text', () => {
  for (const [what, text, sizes] of [
    ['of 255 bytes is one string', 'x'.repeat(255), [255]],
    ['of 256 bytes is two', 'x'.repeat(256), [255, 1]],
    ['is cut between two characters alone', 'ü'.repeat(128), [254, 2]],
    ['of nothing is one empty string', '', [0]],
  ] as const) {
    it(what, () =>
      assert.deepEqual(
        splitText(text).map((string) => Buffer.byteLength(string)),
        sizes,
      ),
    );
  }
});

describe('record encoder', () => {
  it('writes all 32 bits of a serial, which the other codec cannot', () => {
    const times = { serial: 2 ** 32 - 1, refresh: 1, retry: 2, expire: 3, minimum: 4 };
    const soa = { name: 'a.', ttl: 5, type: 'SOA', mname: 'a.', rname: 'b.', ...times } as const;
    const bytes = Buffer.concat([encodeMessage(messageOf([], 'a.')), new RecordEncoder(['a']).encode(soa)]);
    bytes.writeUInt16BE(1, 6);
    assert.deepEqual(dnsPacket.decode(bytes).answers?.map(oracle), [expected(soa)]);
  });

  it('writes records that mean the same wherever they stand', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 6 }),
        name,
        fc.nat(),
        (records, question, turn) => {
          const labels = question.slice(0, -1).split('.');
          const encoder = new RecordEncoder(labels);
          const turned = records.map((_, at) => records[(at + turn) % records.length] as ResourceRecord);
          const blank = encodeMessage(messageOf([], question));
          const bytes = Buffer.concat([blank, ...turned.map((one) => encoder.encode(one))]);
          bytes.writeUInt16BE(turned.length, 6);
          assert.deepEqual(dnsPacket.decode(bytes).answers?.map(oracle), turned.map(expected));
        },
      ),
    );
  });
});

/** A record as the second codec shows it. */
function oracle(answer: Answer): unknown {
  const { name: owner, type } = answer;
  const data = (answer as { readonly data: unknown }).data;
  const plain = type === 'TXT' ? (data as Buffer[]).map(String) : data;
  return {
    owner: `${owner}.`,
    ttl: (answer as { ttl: number }).ttl,
    type,
    data: type === 'AAAA' ? long(String(data)) : plain,
  };
}

function expected(one: ResourceRecord): unknown {
  const type = one.type === 'OTHER' ? `UNKNOWN_${one.number}` : one.type;
  return { owner: one.name, ttl: one.ttl, type, data: dataOf(one) };
}

function dataOf(one: ResourceRecord): unknown {
  switch (one.type) {
    case 'A':
      return one.address;
    case 'AAAA':
      return long(one.address);
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return one.target.slice(0, -1);
    case 'MX':
      return { preference: one.preference, exchange: one.target.slice(0, -1) };
    case 'SRV':
      return { priority: one.priority, weight: one.weight, port: one.port, target: one.target.slice(0, -1) };
    case 'TXT':
      return one.strings;
    case 'SVCB':
    case 'HTTPS':
      throw new Error(`${one.type} is not among the records that are made here`);
    case 'HINFO':
      return { cpu: one.cpu, os: one.os };
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = one;
      const names = { mname: mname.slice(0, -1), rname: rname.slice(0, -1) };
      return { ...names, serial, refresh, retry, expire, minimum };
    }
    case 'OTHER':
      return one.rdata;
  }
}

function long(address: string): string {
  return new URL(`http://[${address}]/`).hostname;
}

/** A plain object as it is read: an IPv6 address as RFC 5952 writes it, a type that nobody here reads as bytes. */
function canonical(one: ResourceRecord): ResourceRecord {
  if (one.type === 'AAAA') return { ...one, address: long(one.address).slice(1, -1) };
  if (one.type !== 'HINFO') return { ...one };
  const rdata = Buffer.concat(
    [one.cpu, one.os].flatMap((text) => [Buffer.of(text.length), Buffer.from(text)]),
  );
  return { name: one.name, ttl: one.ttl, type: 'OTHER', number: TYPE.HINFO, rdata };
}
