import assert from 'node:assert/strict';
import {
  bindingBytes,
  decodeMessage,
  encodeMessage,
  FLAG,
  presentBinding,
  presentRecord,
  type ServiceBinding,
  TYPE,
} from '@callsign/dns';

/** One of a port alone. */
const RECORD = { name: 'web.docker.', ttl: 5, type: 'HTTPS', priority: 1, target: '.', port: 53 } as const;

const FOO = '03666f6f076578616d706c6503636f6d00';

/** Those of the test vectors of RFC 9460, D.2, that hold what we write, and one with all that we write. */
const VECTORS: ReadonlyArray<readonly [string, Omit<ServiceBinding, 'type'>, string]> = [
  ['the root as target', { priority: 1, target: '.' }, '000100'],
  ['a port', { priority: 16, target: 'foo.example.com.', port: 53 }, `0010${FOO}000300020035`],
  [
    'two IPv6 hints',
    { priority: 1, target: 'foo.example.com.', ipv6hint: ['2001:db8::1', '2001:db8::53:1'] },
    `0001${FOO}0006002020010db800000000000000000000000120010db8000000000000000000530001`,
  ],
  [
    'everything, in the order of the keys',
    {
      priority: 1,
      target: 'foo.example.com.',
      ipv6hint: ['::1'],
      ipv4hint: ['192.0.2.1', '192.0.2.2'],
      port: 8443,
      alpn: ['h2', 'h3-19'],
    },
    `0001${FOO}000100090268320568332d3139` +
      '0003000220fb' +
      '00040008c0000201c0000202' +
      '0006001000000000000000000000000000000001',
  ],
  ['no empty parameters', { priority: 1, target: '.', alpn: [], ipv4hint: [], ipv6hint: [] }, '000100'],
];

const ORG = '03666f6f076578616d706c65036f726700';

/** As a zone file has them: test vectors of RFC 9460, D.1 and D.2, and keys that those leave out. */
const PRESENTED: ReadonlyArray<readonly [hex: string, text: string]> = [
  [`0000${FOO}`, '0 foo.example.com.'],
  ['000100', '1 .'],
  [`0010${FOO}000300020035`, '16 foo.example.com. port=53'],
  [`0001${FOO}029b000568656c6c6f`, '1 foo.example.com. key667="hello"'],
  [`0001${FOO}029b000968656c6c6fd2716f6f`, '1 foo.example.com. key667="hello\\210qoo"'],
  [
    `0001${FOO}0006002020010db800000000000000000000000120010db8000000000000000000530001`,
    '1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1',
  ],
  [
    `0010${ORG}0000000400010004000100090268320568332d313900040004c0000201`,
    '16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
  ],
  [`0010${ORG}0001000c08665c6f6f2c626172026832`, '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"'],
  ['0001000002000000050003c0ffee', '1 . no-default-alpn ech=wP/u'],
];

const NO_BINDINGS = [
  '',
  '0001',
  '000103666f',
  '0001c00c',
  '00010000010003',
  '0001000003000101',
  '000100000400037f0000',
];

const WRONG: ReadonlyArray<readonly [string, Partial<ServiceBinding>]> = [
  ['an IPv6 address as IPv4 hint', { ipv4hint: ['::1'] }],
  ['a name as hint', { ipv6hint: ['foo.example.com'] }],
  ['an empty protocol id', { alpn: [''] }],
  ['a protocol id of 256 bytes', { alpn: ['x'.repeat(256)] }],
  ['a port that is none', { port: 65_536 }],
];

describe('service binding', () => {
  for (const [what, binding, hex] of VECTORS) {
    it(`writes ${what}`, () => {
      assert.equal(bindingBytes({ type: 'SVCB', ...binding }).toString('hex'), hex);
    });
  }

  for (const [what, wrong] of WRONG) {
    it(`refuses ${what}`, () => {
      assert.throws(() => bindingBytes({ type: 'HTTPS', priority: 1, target: '.', ...wrong }), RangeError);
    });
  }

  for (const [hex, text] of PRESENTED) {
    it(`presents ${text}`, () => {
      assert.equal(presentBinding(Buffer.from(hex, 'hex')), text);
    });
  }

  for (const hex of NO_BINDINGS) {
    it(`presents the bytes "${hex}", which are none, as bytes`, () => {
      const rdata = Buffer.from(hex, 'hex');
      assert.throws(() => presentBinding(rdata), RangeError);
      const record = { name: 'web.docker.', ttl: 5, type: 'OTHER', number: TYPE.HTTPS, rdata } as const;
      assert.equal(presentRecord(record), `web.docker. 5 IN HTTPS \\# ${rdata.length} ${hex}`.trimEnd());
    });
  }

  it('presents one that is made as it presents one that was read', () => {
    const read = { ...RECORD, type: 'OTHER', number: TYPE.HTTPS, rdata: bindingBytes(RECORD) } as const;
    assert.equal(presentRecord(RECORD), 'web.docker. 5 IN HTTPS 1 . port=53');
    assert.equal(presentRecord(read), 'web.docker. 5 IN HTTPS 1 . port=53');
  });

  it('goes into a message and comes out as bytes', () => {
    const { answer } = decodeMessage(
      encodeMessage({
        id: 7,
        flags: FLAG.QR,
        rcode: 0,
        question: { name: 'web.docker.', type: TYPE.HTTPS, class: 1 },
        answer: [RECORD],
        authority: [],
        additional: [],
      }),
    );
    const head = { name: 'web.docker.', ttl: 5, type: 'OTHER', number: TYPE.HTTPS };
    assert.deepEqual(answer, [{ ...head, rdata: Buffer.from('000100000300020035', 'hex') }]);
  });
});
