import assert from 'node:assert/strict';
import { FULL_COOKIE, parseCookieSecrets, Query, ServerCookies, SipHash } from '@callsign/dns';
import { ManualClock } from '../../../test/support/clock.ts';

/** SipHash-2-4 of the bytes 00 01 02 … under the key 00 01 … 0f: some of the reference implementation's vectors. */
const SIPHASH = [
  [0, '310e0edd47db6f72'],
  [1, 'fd67dc93c539f874'],
  [7, '37d1018bf50002ab'],
  [8, '6224939a79f5f593'],
  [15, 'e545be4961ca29a1'],
  [63, '724506eb4c328a95'],
] as const;

const OLD_SECRET = 'dd3bdf9344b678b185a6f5cb60fca715';
const NEW_SECRET = '445536bcd2513298075a5d379663c962';
const SECRET = 'e5e973e5a6b2a43f48e7dc849e37bfcf';
const IPV6_CLIENT = '2001:db8:220:1:59de:d0f4:8769:82b8';

/** RFC 9018, appendix A: what comes, and what goes back at that time. */
const EXCHANGES = [
  ['A.1', [SECRET], '198.51.100.100', 1559731985, '2464c4abcf10c957', '010000005cf79f111f8130c3eee29480'],
  [
    ...(['A.2', [SECRET], '198.51.100.100', 1559734385] as const),
    ...(['2464c4abcf10c957010000005cf79f111f8130c3eee29480', '010000005cf7a871d4a564a1442aca77'] as const),
  ],
  [
    ...(['A.3', [SECRET], '203.0.113.203', 1559734700] as const),
    ...(['fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5', '010000005cf7a9acf73a7810aca2381e'] as const),
  ],
  [
    ...(['A.4', [NEW_SECRET, OLD_SECRET], IPV6_CLIENT, 1559741961] as const),
    ...(['22681ab97d52c298010000005cf7c57926556bd0934c72f8', '010000005cf7c609a6bb79d16625507a'] as const),
  ],
] as const;

/** A query with nothing but this cookie. */
function queryWith(cookie: string): Query {
  const size = cookie.length / 2;
  const hex = (value: number) => value.toString(16).padStart(4, '0');
  const head = '000700000000000000000001 00 0029 04d0 00000000'.replaceAll(' ', '');
  const packet = Buffer.from(`${head}${hex(size + 4)}000a${hex(size)}${cookie}`, 'hex');
  const query = new Query();
  assert.equal(query.read(packet, packet.length), 'cookie');
  return query;
}

function cookiesAt(seconds: number, ...secrets: readonly string[]): ServerCookies {
  const keys = secrets.map((secret) => Buffer.from(secret, 'hex'));
  return new ServerCookies(keys, new ManualClock(seconds * 1_000));
}

function given(cookies: ServerCookies, cookie: string, peer: string): string {
  const into = Buffer.alloc(FULL_COOKIE);
  assert.equal(cookies.write(into, 0, queryWith(cookie), peer), FULL_COOKIE);
  return into.toString('hex');
}

describe('siphash', () => {
  const key = Buffer.from(Array.from({ length: 16 }, (_, at) => at));
  for (const [length, hex] of SIPHASH) {
    it(`of ${length} bytes is the reference's`, () => {
      const input = Buffer.from(Array.from({ length: 64 }, (_, at) => at));
      const into = Buffer.alloc(10);
      new SipHash(key).digest(input, length, into, 1);
      assert.equal(into.toString('hex'), `00${hex}00`);
    });
  }
});

describe('server cookies', () => {
  const NOW = 1_700_000_000;
  const PEER = '192.0.2.1';
  const CLIENT = '0123456789abcdef';
  /** One that the server gave so many seconds ago. */
  const aged = (seconds: number) => given(cookiesAt(NOW - seconds, SECRET), CLIENT, PEER);

  for (const [section, secrets, peer, now, comes, goes] of EXCHANGES) {
    it(`are those of RFC 9018, ${section}`, () => {
      assert.equal(given(cookiesAt(now, ...secrets), comes, peer), comes.slice(0, 16) + goes);
    });
  }

  it('keep their age when the seconds run over at 32 bits (RFC 1982)', () => {
    const before = given(cookiesAt(2 ** 32 - 10, SECRET), CLIENT, PEER);
    assert.equal(cookiesAt(2 ** 32 + 10, SECRET).isValid(queryWith(before), PEER), true);
    assert.equal(cookiesAt(2 ** 32 + 3_600, SECRET).isValid(queryWith(before), PEER), false);
  });

  it('hash the reserved bytes as they come (RFC 9018, A.3)', () => {
    const [, , peer, , comes] = EXCHANGES[2];
    const soon = cookiesAt(1559727985 + 60, SECRET);
    assert.equal(soon.isValid(queryWith(comes), peer), true);
    assert.equal(soon.isValid(queryWith(comes.replace('abcdef', 'abcdee')), peer), false);
  });

  for (const [what, cookie, peer, valid] of [
    ['a young one', aged(60), PEER, true],
    ['one of an hour', aged(3_600), PEER, true],
    ['one of more than an hour', aged(3_601), PEER, false],
    ['one from five minutes ahead', aged(-300), PEER, true],
    ['one from further ahead', aged(-301), PEER, false],
    ['one of another client', aged(60), '192.0.2.2', false],
    ['one of the same client on an IPv6 socket', aged(60), '::ffff:192.0.2.1', true],
    ['one for another client cookie', aged(60).replace(/^01/, '02'), PEER, false],
    [
      'one with a bit turned',
      aged(60).replace(/.$/, (digit) => (Number.parseInt(digit, 16) ^ 1).toString(16)),
      PEER,
      false,
    ],
    ['one of another version', aged(60).replace(/^(.{16})01/, '$102'), PEER, false],
    ['one that is longer', `${aged(60)}00`, PEER, false],
    ['none', CLIENT, PEER, false],
  ] as const) {
    it(`take ${what} for ${valid ? 'good' : 'none of theirs'}`, () => {
      assert.equal(cookiesAt(NOW, SECRET).isValid(queryWith(cookie), peer), valid);
    });
  }

  for (const [what, cookie, same] of [
    ['keep one of half an hour', aged(1_800), true],
    ['renew an older one', aged(1_801), false],
    ['replace a wrong one', aged(60).replace(/..$/, '00'), false],
  ] as const) {
    it(what, () => {
      const cookies = cookiesAt(NOW, SECRET);
      const got = given(cookies, cookie, PEER);
      assert.equal(got === cookie, same);
      assert.equal(cookies.isValid(queryWith(got), PEER), true);
    });
  }

  it('renew what was made with the secret before', () => {
    const rolled = cookiesAt(NOW, NEW_SECRET, SECRET);
    assert.equal(rolled.isValid(queryWith(aged(60)), PEER), true);
    assert.notEqual(given(rolled, aged(60), PEER), aged(60));
  });

  it('have a secret of their own when they are given none', () => {
    const [one, other] = [new ServerCookies(), new ServerCookies()];
    const cookie = given(one, CLIENT, PEER);
    assert.deepEqual(
      [one, other].map((server) => server.isValid(queryWith(cookie), PEER)),
      [true, false],
    );
  });

  it('know a client by its link-local address, whatever the interface is called', () => {
    const cookies = cookiesAt(NOW, SECRET);
    const cookie = given(cookies, CLIENT, 'fe80::1%eth0');
    assert.equal(cookies.isValid(queryWith(cookie), 'fe80::1'), true);
  });
});

describe('a file of cookie secrets', () => {
  for (const [text, secrets] of [
    [`${SECRET}\n`, [SECRET]],
    [`  ${NEW_SECRET.toUpperCase()}\r\n\n${OLD_SECRET}`, [NEW_SECRET, OLD_SECRET]],
  ] as const) {
    it(`holds ${secrets.length}`, () => {
      assert.deepEqual(
        parseCookieSecrets(text).map((secret) => secret.toString('hex')),
        secrets,
      );
    });
  }

  for (const [what, text] of [
    ['nothing', '\n'],
    ['too few digits', SECRET.slice(1)],
    ['no digits', SECRET.replace('e', 'x')],
    ['three secrets', `${SECRET}\n`.repeat(3)],
  ] as const) {
    it(`is refused with ${what} in it`, () =>
      assert.throws(() => parseCookieSecrets(text), /32 hexadecimal/));
  }
});
