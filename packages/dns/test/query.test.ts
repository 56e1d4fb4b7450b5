import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EDNS_PAYLOAD, HEADER as HEADER_LENGTH, Query, TYPE, type Verdict } from '@callsign/dns';
import dnsPacket from 'dns-packet';
import fc from 'fast-check';

/** Hex with blanks for reading: header, question, additional. */
function bytes(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.join('').replaceAll(' ', ''), 'hex');
}

const HEADER = '1267 0100 0001 0000 0000 0000';
const WITH_ONE_MORE = '1267 0100 0001 0000 0000 0001';
const WITH_AUTHORITY = '1267 0100 0001 0000 0001 0000';
const WEB_A = '03 776562 06 646f636b6572 00 0001 0001';
const OPT = '00 0029 1000 00 00 8000 0000';
const DOCKER_IXFR = '06 646f636b6572 00 00fb 0001';
const SOA = 'c00c 0006 0001 00000000 0016 00 00 00000001 00000000 00000000 00000000 00000000';

const TSIG = '00 00fa 00ff 00000000 0000';

/** A name of labels of so many bytes. */
function nameOf(...sizes: readonly number[]): string {
  const labels = sizes.map((size) => size.toString(16).padStart(2, '0') + '61'.repeat(size));
  return `${labels.join('')}00`;
}

/** A question for the addresses of a name with one label. */
function questionFor(label: string): Buffer {
  return bytes(HEADER, `0${label.length}`, Buffer.from(label).toString('hex'), '00 0001 0001');
}

function hashOf(question: Buffer): number {
  const query = new Query();
  query.read(question, question.length);
  return query.hash;
}

/** An OPT record with these options. */
function withOptions(hex: string): string {
  const options = hex.replaceAll(' ', '');
  return `00 0029 1000 00000000 ${(options.length / 2).toString(16).padStart(4, '0')} ${options}`;
}

/** A COOKIE option of so many bytes, which count up. */
function cookie(size: number): string {
  const data = Buffer.from(Array.from({ length: size }, (_, at) => at)).toString('hex');
  return `000a ${size.toString(16).padStart(4, '0')} ${data}`;
}

describe('query', () => {
  const table: readonly (readonly [what: string, packet: Buffer, verdict: Verdict])[] = [
    ['a plain question', bytes(HEADER, WEB_A), 'answer'],
    ['a question with EDNS', bytes(WITH_ONE_MORE, WEB_A, OPT), 'answer'],
    ['an option that nobody knows', bytes(WITH_ONE_MORE, WEB_A, withOptions('fde9 0004 01020304')), 'answer'],
    ['a cookie', bytes(WITH_ONE_MORE, WEB_A, withOptions(cookie(8))), 'answer'],
    ['a cookie with the shortest of servers', bytes(WITH_ONE_MORE, WEB_A, withOptions(cookie(16))), 'answer'],
    ['a cookie with the longest of servers', bytes(WITH_ONE_MORE, WEB_A, withOptions(cookie(40))), 'answer'],
    ['a cookie of no bytes', bytes(WITH_ONE_MORE, WEB_A, withOptions(cookie(0))), 'formerr'],
    ['a cookie of 7 bytes', bytes(WITH_ONE_MORE, WEB_A, withOptions(cookie(7))), 'formerr'],
    ['a cookie of 9 bytes', bytes(WITH_ONE_MORE, WEB_A, withOptions(cookie(9))), 'formerr'],
    ['a cookie of 15 bytes', bytes(WITH_ONE_MORE, WEB_A, withOptions(cookie(15))), 'formerr'],
    ['a cookie of 41 bytes', bytes(WITH_ONE_MORE, WEB_A, withOptions(cookie(41))), 'formerr'],
    [
      'a good cookie before a bad one',
      bytes(WITH_ONE_MORE, WEB_A, withOptions(cookie(8) + cookie(3))),
      'answer',
    ],
    ['no question, but a cookie', bytes('1267 0100 0000 0000 0000 0001', withOptions(cookie(8))), 'cookie'],
    ['no question, and no cookie', bytes('1267 0100 0000 0000 0000 0001', OPT), 'formerr'],
    [
      'EDNS of version 1 with options of another form',
      bytes(WITH_ONE_MORE, WEB_A, '00 0029 1000 00 01 0000 0003 000a00'),
      'badvers',
    ],
    ['the root', bytes(HEADER, '00 0002 0001'), 'answer'],
    ['nothing', Buffer.alloc(0), 'drop'],
    ['half a header', bytes('1267 0100 0001'), 'drop'],
    ['a response', bytes('1267 8100 0001 0000 0000 0000', WEB_A), 'drop'],
    ['a NOTIFY', bytes('1267 2000 0001 0000 0000 0000', WEB_A), 'notimp'],
    ['an UPDATE', bytes('1267 2800 0001 0000 0000 0000', WEB_A), 'notimp'],
    ['no question', bytes('1267 0100 0000 0000 0000 0000'), 'formerr'],
    ['two questions', bytes('1267 0100 0002 0000 0000 0000', WEB_A, WEB_A), 'formerr'],
    ['an answer in a question', bytes('1267 0100 0001 0001 0000 0000', WEB_A), 'formerr'],
    ['a header alone', bytes(HEADER), 'formerr'],
    ['a name that points to itself', bytes(HEADER, 'c00c 0001 0001'), 'formerr'],
    ['a label of 64 bytes', bytes(HEADER, '40', '61'.repeat(64), '00 0001 0001'), 'formerr'],
    ['a name of 255 bytes', bytes(HEADER, nameOf(63, 63, 63, 61), '0001 0001'), 'answer'],
    ['a name of 256 bytes', bytes(HEADER, nameOf(63, 63, 63, 62), '0001 0001'), 'formerr'],
    ['TSIG behind OPT', bytes('1267 0100 0001 0000 0000 0002', WEB_A, OPT, TSIG), 'answer'],
    ['TSIG before OPT', bytes('1267 0100 0001 0000 0000 0002', WEB_A, TSIG, OPT), 'formerr'],
    ['SOA before the additional section', bytes(WITH_AUTHORITY, DOCKER_IXFR, SOA), 'answer'],
    ['OPT before the additional section', bytes(WITH_AUTHORITY, DOCKER_IXFR, OPT), 'formerr'],
    ['TSIG before the additional section', bytes(WITH_AUTHORITY, DOCKER_IXFR, TSIG), 'formerr'],
    ['a name without an end', bytes(HEADER, '03 776562'), 'formerr'],
    ['a question without a class', bytes(HEADER, '03 776562 00 0001'), 'formerr'],
    ['bytes behind the question', bytes(HEADER, WEB_A, '00'), 'formerr'],
    ['a missing additional record', bytes(WITH_ONE_MORE, WEB_A), 'formerr'],
    [
      'an option longer than its record',
      bytes(WITH_ONE_MORE, WEB_A, '00 0029 1000 00000000 0004 000a 0008'),
      'formerr',
    ],
    ['an OPT longer than the packet', bytes(WITH_ONE_MORE, WEB_A, '00 0029 1000 00000000 0100'), 'formerr'],
    [
      'an OPT that is not at the root',
      bytes(WITH_ONE_MORE, WEB_A, '01 61 00 0029 1000 00000000 0000'),
      'formerr',
    ],
    ['two OPT', bytes('1267 0100 0001 0000 0000 0002', WEB_A, OPT, OPT), 'formerr'],
    ['EDNS of version 1', bytes(WITH_ONE_MORE, WEB_A, '00 0029 1000 00 01 0000 0000'), 'badvers'],
  ];
  for (const [what, packet, verdict] of table) {
    it(`takes ${what} for ${verdict}`, () => assert.equal(new Query().read(packet, packet.length), verdict));
  }

  it('takes a TSIG for a signature only where it may stand, so that no other is answered signed', () => {
    for (const packet of [
      bytes('1267 0100 0001 0000 0000 0002', WEB_A, TSIG, OPT),
      bytes(WITH_AUTHORITY, DOCKER_IXFR, TSIG),
    ]) {
      const query = new Query();
      query.read(packet, packet.length);
      assert.equal(query.tsig, 0);
    }
  });

  it('reads no further than the length it is told', () => {
    const packet = bytes(HEADER, WEB_A);
    assert.equal(new Query().read(Buffer.concat([packet, Buffer.alloc(500, 0xff)]), packet.length), 'answer');
  });

  it('keeps what the answer needs', () => {
    const query = new Query();
    query.read(bytes(WITH_ONE_MORE, WEB_A, OPT), bytes(WITH_ONE_MORE, WEB_A, OPT).length);
    assert.deepEqual(
      [query.id, query.type, query.class, query.edns, query.dnssecOk, query.payload],
      [0x1267, TYPE.A, 1, true, true, EDNS_PAYLOAD],
    );
    assert.deepEqual(query.labels(), ['web', 'docker']);
  });

  for (const [offered, payload] of [
    ['0000', 512],
    ['01ff', 512],
    ['0201', 513],
    ['ffff', EDNS_PAYLOAD],
  ] as const) {
    it(`sends ${payload} bytes at most to who takes 0x${offered}`, () => {
      const query = new Query();
      const packet = bytes(WITH_ONE_MORE, WEB_A, `00 0029 ${offered} 00000000 0000`);
      assert.equal(query.read(packet, packet.length), 'answer');
      assert.equal(query.payload, payload);
    });
  }

  it('knows where the first cookie stands, and whether the name of the server is asked for', () => {
    const query = new Query();
    const packet = bytes(WITH_ONE_MORE, WEB_A, withOptions(`0003 0000 ${cookie(24)} ${cookie(8)}`));
    query.read(packet, packet.length);
    assert.deepEqual([query.asksForOptions, query.nsid, query.cookieLength], [true, true, 24]);
    assert.equal(packet.indexOf(Buffer.from([0, 1, 2, 3, 4, 5, 6, 7])), query.cookieAt);
  });

  it('forgets one packet when it reads the next', () => {
    const query = new Query();
    const first = bytes(WITH_ONE_MORE, WEB_A, withOptions(`0003 0000 ${cookie(8)}`));
    for (const next of [
      bytes(WITH_ONE_MORE, WEB_A, OPT),
      bytes('1267 2000 0001 0000 0000 0000'),
      bytes('1267 0100 0002 0000 0000 0000', WEB_A, WEB_A),
      bytes(WITH_ONE_MORE, WEB_A, withOptions(`0003 0000 ${cookie(9)}`)),
    ]) {
      query.read(first, first.length);
      query.options.add(3, 5);
      query.read(next, next.length);
      assert.deepEqual([query.asksForOptions, query.options.length], [false, 0]);
    }
  });

  for (const [what, packet, end] of [
    ['a question', bytes('1267 2000 0001 0000 0000 0001', WEB_A, OPT), HEADER_LENGTH + 16],
    ['no question', bytes('1267 3000 0000 0000 0000 0000'), HEADER_LENGTH],
    ['something else', bytes('1267 2800 0001 0001 0000 0000', WEB_A), HEADER_LENGTH],
  ] as const) {
    it(`can echo ${what} of another opcode as far as it can be read`, () => {
      const query = new Query();
      assert.equal(query.read(packet, packet.length), 'notimp');
      assert.deepEqual([query.end, query.edns], [end, end > HEADER_LENGTH]);
    });
  }

  it('has one key for a question, whatever the case of its letters', () => {
    const lower = new Query();
    const upper = new Query();
    lower.read(bytes(HEADER, WEB_A), bytes(HEADER, WEB_A).length);
    const shouted = bytes(HEADER, '03 574542 06 444f434b4552 00 0001 0001');
    upper.read(shouted, shouted.length);
    assert.deepEqual(keyOf(lower), keyOf(upper));
    assert.equal(lower.hash, upper.hash);
  });

  it('has a hash that nobody outside can foresee: names that FNV takes for one are two', () => {
    const [one, other] = ['n4uzx', 'nf2ad'].map((label) => hashOf(questionFor(label)));
    assert.notEqual(one, other);
  });

  it('has one hash for a question in all threads', async () => {
    const question = questionFor('web');
    const worker = new Worker(new URL('./question-hash.ts', import.meta.url), { workerData: question });
    const [hash] = await once(worker, 'message');
    assert.equal(hash, hashOf(question));
  });

  it('does not take a type or a byte above 127 for a letter', () => {
    const keys = ['0041', '0061'].map((type) => {
      const query = new Query();
      const packet = bytes(HEADER, `01 c0 00 ${type} 0001`);
      query.read(packet, packet.length);
      return keyOf(query);
    });
    assert.notDeepEqual(keys[0], keys[1]);
    assert.equal(keys[0]?.[1], 0xc0);
  });

  it('reads whatever another codec writes', () => {
    const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 6 }), fc.nat(65_535), (labels, id) => {
        const packet = dnsPacket.encode({ id, questions: [{ name: labels.join('.'), type: 'AAAA' }] });
        const query = new Query();
        assert.equal(query.read(packet, packet.length), 'answer');
        assert.deepEqual([query.id, query.type, query.labels()], [id, TYPE.AAAA, labels]);
      }),
    );
  });

  it('judges any bytes at all without a throw', () => {
    const query = new Query();
    const seeds = table.map(([, packet]) => packet);
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(300), fc.nat(255))),
        fc.nat(40),
        (seed, edits, cut) => {
          const packet = Buffer.concat([seed, Buffer.alloc(4)]).subarray(
            0,
            Math.max(0, seed.length + 4 - cut),
          );
          for (const [at, value] of edits) if (at < packet.length) packet[at] = value;
          query.read(packet, packet.length);
        },
      ),
      { numRuns: 20_000 },
    );
  });
});

function keyOf({ key, keyLength }: Query): number[] {
  return [...key.subarray(0, keyLength)];
}
