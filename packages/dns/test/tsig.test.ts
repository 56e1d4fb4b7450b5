import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import {
  encodeQuestion,
  parseTsigKeys,
  Query,
  signedQuery,
  TSIG_ERROR,
  type TsigKey,
  TsigKeys,
  TYPE,
} from '@callsign/dns';

const SECRET = 'c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3I=';
const KEY: TsigKey = { name: 'xfr.', algorithm: 'hmac-sha256', secret: Buffer.from(SECRET, 'base64') };
const NOW = 1_700_000_000;

const FILES: ReadonlyArray<readonly [string, string, string]> = [
  ['tsig-keygen', `key "xfr" {\n\talgorithm hmac-sha256;\n\tsecret "${SECRET}";\n};\n`, 'xfr. hmac-sha256'],
  [
    'keymgr -t',
    `# hmac-sha256:xfr:${SECRET}\nkey:\n  - id: xfr\n    algorithm: hmac-sha256\n    secret: ${SECRET}\n`,
    'xfr. hmac-sha256',
  ],
  [
    'a person',
    `/* two */ key Xfr. { secret ${SECRET}; algorithm HMAC-SHA512; }; // one\nkey b { algorithm hmac-sha224; secret "//8="; }; # two`,
    'xfr. hmac-sha512, b. hmac-sha224',
  ],
];

const FAULTS: ReadonlyArray<readonly [string, RegExp]> = [
  ['', /there is no key in it/],
  ['key "a" { algorithm hmac-sha256; };', /not made of key/],
  [`key "a" { algorithm hmac-md5; secret "${SECRET}"; };`, /algorithm hmac-md5, none of hmac-sha224/],
  ['key "a" { algorithm hmac-sha256; secret "?"; };', /secret of the key a\. is not base64/],
  [`key "a..b" { algorithm hmac-sha256; secret "${SECRET}"; };`, /no name for a key/],
  [`key "a" { algorithm hmac-sha256; secret "${SECRET}"; };`.repeat(2), /two keys have one name/],
];

describe('TSIG keys', () => {
  for (const [who, text, keys] of FILES) {
    it(`are read as ${who} writes them`, () => {
      const read = parseTsigKeys(text).map(({ name, algorithm }) => `${name} ${algorithm}`);
      assert.equal(read.join(', '), keys);
    });
  }

  for (const [text, fault] of FAULTS) {
    it(`are refused with ${fault.source}`, () => assert.throws(() => parseTsigKeys(text), fault));
  }
});

/** A query that was signed with a key, changed on its way and judged. */
function judged(key: TsigKey, change: (bytes: Buffer) => Buffer = (bytes) => bytes, now = NOW) {
  const bytes = change(signedQuery(encodeQuestion(7, 'docker.', TYPE.SOA), key, NOW));
  const query = new Query();
  const verdict = query.read(bytes, bytes.length);
  if (verdict !== 'answer') return verdict;
  const found = new TsigKeys([KEY]).judge(bytes, query.tsig, bytes.length, now);
  return found.kind === 'malformed' ? found.kind : found.error;
}

/** When it was signed, in six bytes, and how far clocks may be apart, in two (RFC 8945, 4.3.3). */
const TIMERS = Buffer.concat([Buffer.from(NOW.toString(16).padStart(12, '0'), 'hex'), Buffer.of(1, 0x2c)]);
/** Name, ANY, a TTL of 0, algorithm, timers, no error, no other data. */
const VARIABLES = Buffer.concat([
  Buffer.from('\x03xfr\0\0\xff\0\0\0\0\x0bhmac-sha256\0', 'latin1'),
  TIMERS,
  Buffer.alloc(4),
]);

/** The MAC of a message that is signed with {@link KEY}. */
function macIn(message: Buffer): Buffer {
  return message.subarray(message.length - 6 - 32, message.length - 6);
}

/** The MAC ends where the original id begins: 6 bytes before the end. */
function withMac(bytes: Buffer, size: number): Buffer {
  const macEnd = bytes.length - 6;
  const cut = Buffer.concat([bytes.subarray(0, macEnd - 32 + size), bytes.subarray(macEnd)]);
  cut.writeUInt16BE(size, macEnd - 34);
  const rdlength = macEnd - 32 - 2 - 8 - 'hmac-sha256'.length - 2 - 2;
  cut.writeUInt16BE(bytes.readUInt16BE(rdlength) - 32 + size, rdlength);
  return cut;
}

/** Labels of so many bytes where the name of the algorithm stands: behind OPT, the key's name and ten bytes more. */
function withAlgorithm(bytes: Buffer, ...sizes: readonly number[]): Buffer {
  const at = 35 + 'xfr'.length + 2 + 10;
  const end = at + 'hmac-sha256'.length + 2;
  const name = Buffer.from(`${sizes.map((size) => String.fromCharCode(size) + 'a'.repeat(size)).join('')}\0`);
  const changed = Buffer.concat([bytes.subarray(0, at), name, bytes.subarray(end)]);
  changed.writeUInt16BE(bytes.readUInt16BE(at - 2) + name.length - (end - at), at - 2);
  return changed;
}

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] as number) ^ 1;
  return bytes;
}

describe('TSIG', () => {
  for (const [what, found, expected] of [
    ['what was signed with the key', () => judged(KEY), TSIG_ERROR.NONE],
    ['a key of another name', () => judged({ ...KEY, name: 'other.' }), TSIG_ERROR.BADKEY],
    ['a key of another algorithm', () => judged({ ...KEY, algorithm: 'hmac-sha512' }), TSIG_ERROR.BADKEY],
    ['another secret', () => judged({ ...KEY, secret: Buffer.from('x') }), TSIG_ERROR.BADSIG],
    ['another question', () => judged(KEY, (bytes) => flipped(bytes, 13)), TSIG_ERROR.BADSIG],
    ['another time', () => judged(KEY, (bytes) => flipped(bytes, bytes.length - 43)), TSIG_ERROR.BADSIG],
    ['an id that a forwarder changed', () => judged(KEY, (bytes) => flipped(bytes, 1)), TSIG_ERROR.NONE],
    ['a clock that is 300 s off', () => judged(KEY, undefined, NOW + 300), TSIG_ERROR.NONE],
    ['a clock that is 301 s off', () => judged(KEY, undefined, NOW - 301), TSIG_ERROR.BADTIME],
    ['half a MAC', () => judged(KEY, (bytes) => withMac(bytes, 16)), TSIG_ERROR.BADTRUNC],
    ['less than half a MAC', () => judged(KEY, (bytes) => withMac(bytes, 15)), 'malformed'],
    ['more than a MAC', () => judged(KEY, (bytes) => withMac(bytes, 33)), 'malformed'],
    [
      'an algorithm of 255 bytes',
      () => judged(KEY, (bytes) => withAlgorithm(bytes, 63, 63, 63, 61)),
      TSIG_ERROR.BADKEY,
    ],
    [
      'an algorithm of 256 bytes',
      () => judged(KEY, (bytes) => withAlgorithm(bytes, 63, 63, 63, 62)),
      'malformed',
    ],
    ['no MAC', () => judged(KEY, (bytes) => withMac(bytes, 0)), 'malformed'],
  ] as const) {
    it(`judges ${what} as ${expected}`, () => assert.equal(found(), expected));
  }

  it('repeats the name of a key that it does not know, byte by byte', () => {
    const bytes = signedQuery(encodeQuestion(7, 'docker.', TYPE.SOA), { ...KEY, name: 'X\u00c9.' }, NOW);
    const found = new TsigKeys([KEY]).judge(bytes, 35, bytes.length, NOW);
    assert.ok(found.kind === 'judged');
    const reply = Buffer.alloc(512);
    const size = found.signer.sign(reply, 12, NOW);
    assert.equal(reply.toString('hex', 12, size).slice(0, 8), '0278c900');
  });

  it('takes no packet in which it does not stand last', () => {
    const second = (bytes: Buffer) => {
      const opt = bytes.subarray(24, 35);
      const moved = Buffer.concat([bytes.subarray(0, 24), bytes.subarray(35), opt]);
      return moved;
    };
    assert.equal(judged(KEY, second), 'formerr');
  });

  it('reads every packet to its end and no further, however it is damaged', () => {
    const whole = signedQuery(encodeQuestion(7, 'docker.', TYPE.SOA), KEY, NOW);
    const keys = new TsigKeys([KEY]);
    const query = new Query();
    for (let at = 35; at < whole.length; at += 1) {
      for (const byte of [0, 1, 63, 64, 192, 255]) {
        const bytes = Buffer.from(whole);
        bytes[at] = byte;
        const read = query.read(bytes, bytes.length) === 'answer' && query.tsig > 0;
        const found = keys.judge(bytes, 35, bytes.length, NOW);
        const genuine = read && found.kind === 'judged' && found.error === TSIG_ERROR.NONE;
        assert.equal(genuine, bytes.equals(whole), `byte ${at} made ${byte}`);
        assert.equal(keys.judge(bytes, 35, at, NOW).kind, 'malformed');
      }
    }
  });

  it('signs each message of a stream together with the MAC of the one before (RFC 8945, 5.3.1)', () => {
    const query = signedQuery(encodeQuestion(7, 'docker.', TYPE.SOA), KEY, NOW);
    const found = new TsigKeys([KEY]).judge(query, 35, query.length, NOW);
    assert.ok(found.kind === 'judged');
    let prior = macIn(query);
    for (const [at, variables] of [VARIABLES, TIMERS, TIMERS].entries()) {
      const bare = encodeQuestion(at, 'docker.', TYPE.SOA);
      const into = Buffer.concat([bare], bare.length + found.signer.room);
      const mac = macIn(into.subarray(0, found.signer.sign(into, bare.length, NOW)));
      const digested = Buffer.concat([Buffer.of(0, prior.length), prior, bare, variables]);
      assert.deepEqual(mac, createHmac('sha256', KEY.secret).update(digested).digest(), `message ${at}`);
      prior = mac;
    }
  });
});
