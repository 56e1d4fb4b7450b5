import assert from 'node:assert/strict';
import { asksForPadding, padded } from '@callsign/dns';
import dnsPacket, { type Answer } from 'dns-packet';

/** A message with an OPT record that holds these options. */
function message(
  options: readonly object[] | undefined,
  behind: readonly object[] = [],
  answers = 0,
  name = 'web.docker',
): Buffer {
  const opt = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options };
  return dnsPacket.encode({
    type: 'response',
    questions: [{ name, type: 'A' }],
    answers: Array.from({ length: answers }, () => ({ type: 'A', name, data: '192.0.2.1' }) as Answer),
    additionals: [...(options === undefined ? [] : [opt]), ...behind] as unknown as Answer[],
  });
}

/** Takes the bit that says that it is a response. */
function asQuery(bytes: Buffer): Buffer {
  if (bytes.length > 2) bytes.writeUInt8(bytes.readUInt8(2) & 0x7f, 2);
  return bytes;
}

/** The message with one more record in its additional section. */
function withRecord(bytes: Buffer, record: Buffer): Buffer {
  bytes.writeUInt16BE(bytes.readUInt16BE(10) + 1, 10);
  return Buffer.concat([bytes, record]);
}

/** A name that points far ahead, type A, class IN, a TTL and no rdata. */
const ENDLESS = Buffer.from('ffff00010001000000000000', 'hex');
const PADDING = { code: 'PADDING', length: 20 };
const COOKIE = { code: 10, data: Buffer.alloc(8) };

describe('padding', () => {
  for (const [what, query, asks] of [
    ['padding', message([PADDING]), true],
    ['padding, for a name with a blank', message([PADDING], [], 0, 'a printer.docker'), true],
    ['padding behind a cookie', message([COOKIE, PADDING]), true],
    ['another option', message([COOKIE]), false],
    ['no options', message([]), false],
    ['no EDNS', message(undefined), false],
    ['a message that is cut', message([PADDING]).subarray(0, 40), false],
    ['a message without an end', Buffer.alloc(12, 0x3f), false],
    ['less than a header', Buffer.alloc(3), false],
    ['padding, and a record whose name nobody has to follow', withRecord(message([PADDING]), ENDLESS), true],
  ] as const) {
    it(`finds ${asks ? 'that' : 'no'} wish in a query with ${what}`, () =>
      assert.equal(asksForPadding(asQuery(query)), asks));
  }

  for (const [answers, length] of [
    [1, 468],
    [15, 468],
    [25, 936],
    [2_000, 52_416],
  ] as const) {
    it(`brings a reply of ${answers} records to ${length} bytes, which can be read`, () => {
      const reply = padded(message([COOKIE], [], answers));
      assert.equal(reply.length, length);
      const { answers: read, additionals } = dnsPacket.decode(reply);
      assert.equal(read?.length, answers);
      const [opt] = additionals as unknown as [{ options: { code: number }[] }];
      assert.deepEqual(
        opt.options.map(({ code }) => code),
        [10, 12],
      );
    });
  }

  it('brings every length to a multiple, or to the most that a message may have', () => {
    for (let size = 0; size < 1_000; size += 1) {
      assert.equal(padded(message([{ code: 65_001, data: Buffer.alloc(size) }])).length % 468, 0, `${size}`);
    }
    const large = message([{ code: 65_001, data: Buffer.alloc(65_480) }]);
    assert.equal(padded(large).length, 65_535);
    const brim = message([{ code: 65_001, data: Buffer.alloc(65_531 - message([COOKIE]).length + 8) }]);
    assert.deepEqual([brim.length, padded(brim).length], [65_531, 65_535]);
    const full = message([{ code: 65_001, data: Buffer.alloc(65_490) }]);
    assert.equal(padded(full), full);
  });

  it('leaves alone what has no OPT record, and what something stands behind: a signature', () => {
    const plain = message(undefined);
    assert.equal(padded(plain), plain);
    const signed = message([], [{ type: 'TXT', name: 'key', data: 'signature' }]);
    assert.equal(padded(signed), signed);
  });
});
