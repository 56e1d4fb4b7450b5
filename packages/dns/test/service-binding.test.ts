import assert from 'node:assert/strict';
import { bindingBytes, decodeMessage, encodeMessage, FLAG, type ServiceBinding, TYPE } from '@callsign/dns';

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

  it('goes into a message and comes out as bytes', () => {
    const record = {
      name: 'web.docker.',
      ttl: 5,
      type: 'HTTPS',
      priority: 1,
      target: '.',
      port: 53,
    } as const;
    const { answer } = decodeMessage(
      encodeMessage({
        id: 7,
        flags: FLAG.QR,
        rcode: 0,
        question: { name: 'web.docker.', type: TYPE.HTTPS, class: 1 },
        answer: [record],
        authority: [],
        additional: [],
      }),
    );
    const head = { name: 'web.docker.', ttl: 5, type: 'OTHER', number: TYPE.HTTPS };
    assert.deepEqual(answer, [{ ...head, rdata: Buffer.from('000100000300020035', 'hex') }]);
  });
});
