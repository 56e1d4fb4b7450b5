import assert from 'node:assert/strict';
import { type PlacedRecord, parseMasterFile, zoneFaults } from '@callsign/nameserver';
import fc from 'fast-check';

const APEX = 'corp.example.';
const TTL = 77;

function read(text: string) {
  return parseMasterFile(Buffer.from(text).toString('latin1'), APEX, TTL);
}

/** A record as a line: owner, TTL, type, and the rest in the order of its fields. */
function line({ name, ttl, rdata }: PlacedRecord): string {
  const { type, ...fields } = rdata;
  const words = Object.values(fields).map((value) =>
    Buffer.isBuffer(value) ? value.toString('hex') : value,
  );
  return [name, ttl, type, ...words.flat()].join(' ');
}

const GOOD: readonly (readonly [title: string, text: string, expected: readonly string[]])[] = [
  ['an address', 'www A 10.0.0.1', ['www.corp.example. 77 A 10.0.0.1']],
  [
    'TTL and class in either order',
    'a 5 IN A 10.0.0.1\nb IN 6 A 10.0.0.2',
    ['a.corp.example. 5 A 10.0.0.1', 'b.corp.example. 6 A 10.0.0.2'],
  ],
  [
    'the last TTL for those that have none',
    'a 5 A 10.0.0.1\nb A 10.0.0.2',
    ['a.corp.example. 5 A 10.0.0.1', 'b.corp.example. 5 A 10.0.0.2'],
  ],
  [
    '$TTL before the last TTL, with units',
    '$TTL 1h30m\na 5 A 10.0.0.1\nb A 10.0.0.2\n$TTL 2W\nc A 10.0.0.3',
    ['a.corp.example. 5 A 10.0.0.1', 'b.corp.example. 5400 A 10.0.0.2', 'c.corp.example. 1209600 A 10.0.0.3'],
  ],
  [
    'the last owner for those that have none',
    'a A 10.0.0.1\n  A 10.0.0.2\n\tTXT x',
    ['a.corp.example. 77 A 10.0.0.1', 'a.corp.example. 77 A 10.0.0.2', 'a.corp.example. 77 TXT x'],
  ],
  [
    '@ and $ORIGIN',
    '@ NS ns\n$ORIGIN sub\na CNAME @\n$ORIGIN deep.corp.example.\nb CNAME c',
    [
      'corp.example. 77 NS ns.corp.example.',
      'a.sub.corp.example. 77 CNAME sub.corp.example.',
      'b.deep.corp.example. 77 CNAME c.deep.corp.example.',
    ],
  ],
  ['upper case', 'WWW in cname Other.Example.', ['www.corp.example. 77 CNAME other.example.']],
  [
    'a SOA in parentheses, with comments',
    [
      '@ IN SOA ns first\\.last.example. ( ; begins',
      '  2024010101 ; serial',
      '  2h 15m',
      '  1w 5 ) ; ends',
      'a A 10.0.0.1 ; a comment',
    ].join('\r\n'),
    [
      'corp.example. 77 SOA ns.corp.example. first\\046last.example. 2024010101 7200 900 604800 5',
      'a.corp.example. 77 A 10.0.0.1',
    ],
  ],
  [
    'parentheses without blanks, one in another',
    'a MX (10(mail))',
    ['a.corp.example. 77 MX 10 mail.corp.example.'],
  ],
  [
    'texts',
    'a TXT "v=spf1 ; (all)" plain "a \\"b\\" \\\\ \\065" ""',
    ['a.corp.example. 77 TXT v=spf1 ; (all) plain a "b" \\ A '],
  ],
  ['a text in UTF-8', 'a TXT "grüß"', ['a.corp.example. 77 TXT grüß']],
  ['a text that is no UTF-8', 'a TXT \\255a', ['a.corp.example. 77 OTHER 16 02ff61']],
  ['a name with odd bytes', '\\@\\.\\200 A 10.0.0.1', ['@\\046\\200.corp.example. 77 A 10.0.0.1']],
  ['a wildcard', '* A 10.0.0.1', ['*.corp.example. 77 A 10.0.0.1']],
  [
    'an owner that is called like a type',
    'a A 10.0.0.1\nmx MX 5 .',
    ['a.corp.example. 77 A 10.0.0.1', 'mx.corp.example. 77 MX 5 .'],
  ],
  [
    'SRV, PTR, HINFO, CAA',
    [
      '_ldap._tcp SRV 1 2 389 dc',
      '4 PTR www',
      'a HINFO PDP-11 "UNIX V7"',
      'a CAA 128 issue "ca.example; policy=ev"',
    ].join('\n'),
    [
      '_ldap._tcp.corp.example. 77 SRV 1 2 389 dc.corp.example.',
      '4.corp.example. 77 PTR www.corp.example.',
      'a.corp.example. 77 OTHER 13 065044502d313107554e4958205637',
      `a.corp.example. 77 OTHER 257 80056973737565${Buffer.from('ca.example; policy=ev').toString('hex')}`,
    ],
  ],
  ['ALIAS', '@ ALIAS lb.example.net.', ['corp.example. 77 ALIAS lb.example.net.']],
  ['an unknown type (RFC 3597)', 'a TYPE65280 \\# 3 ab CDEF', ['a.corp.example. 77 OTHER 65280 abcdef']],
  ['one without bytes', 'a TYPE65280 \\# 0', ['a.corp.example. 77 OTHER 65280 ']],
  [
    'a known type in generic form, either way',
    ['a TYPE1 \\# 4 0A000001', 'b MX \\# 6 000A 026D58 00', 'c A \\# 4 0A000002'].join('\n'),
    ['a.corp.example. 77 A 10.0.0.1', 'b.corp.example. 77 MX 10 mx.', 'c.corp.example. 77 A 10.0.0.2'],
  ],
  [
    'no line end behind the last line, and lines with blanks alone',
    '  \n\t; x\n\na A 10.0.0.1',
    ['a.corp.example. 77 A 10.0.0.1'],
  ],
];

const LONG = 'x'.repeat(64);

const BAD: readonly (readonly [text: string, ...faults: readonly string[]])[] = [
  ['', '1: there is no record in this file'],
  ['; nothing\n', '1: there is no record in this file'],
  ['a A 10.0.0.256', '1: "10.0.0.256" is no IPv4 address'],
  ['a AAAA 10.0.0.1', '1: "10.0.0.1" is no IPv6 address'],
  ['a A', '1: the address is missing'],
  ['a A 10.0.0.1 10.0.0.2', '1: "10.0.0.2" is one word too many'],
  ['a', '1: the type is missing'],
  ['a 5', '1: the type is missing'],
  [' A 10.0.0.1', '1: there is no owner name, and no record before this one'],
  ['a CH TXT x', '1: the class CH is not served: only IN is'],
  ['a RRSIG x', '1: "RRSIG" is no type that zone files may have here; any other goes as TYPE123 \\# 2 abcd'],
  ['a "A" 10.0.0.1', '1: "A" is no type that zone files may have here; any other goes as TYPE123 \\# 2 abcd'],
  ['www.example. A 10.0.0.1', '1: "www.example." is not in the zone corp.example.'],
  ['$INCLUDE other', '1: $INCLUDE is not followed: put the records of that file here'],
  ['$GENERATE 1-2 a A 10.0.0.$', '1: "$GENERATE" is no directive: $ORIGIN and $TTL are'],
  ['$TTL soon', '1: the TTL "soon" is no time: seconds up to 2147483647, or like 1h30m'],
  ['$TTL', '1: the TTL is missing'],
  ['a 2147483648 A 10.0.0.1', '1: the TTL "2147483648" is no time: seconds up to 2147483647, or like 1h30m'],
  ['a MX 65536 m', '1: the preference "65536" is not a whole number from 0 to 65535'],
  ['a..b A 10.0.0.1', '1: the name "a..b.corp.example." has an empty label'],
  [`${LONG} A 10.0.0.1`, `1: the label "${LONG}" is longer than 63 bytes`],
  [`a TXT ${'y'.repeat(256)}`, '1: the text is longer than 255 bytes'],
  ['a TXT "open\nb A 10.0.0.1', '1: a quote is not closed on its line'],
  ['a TXT x\\\nb A 10.0.0.1', '1: nothing stands behind the last backslash'],
  ['a TYPE65280 \\# 65001 00', '1: the length "65001" is not a whole number from 0 to 65000'],
  ['a TXT \\256', '1: "\\256" is no escape: it takes three digits up to 255, or no digit'],
  ['a TXT \\1x', '1: "\\1" is no escape: it takes three digits up to 255, or no digit'],
  ['a MX ( 10\nmail\n', '1: the parenthesis that is opened here is not closed'],
  ['a MX 10 mail )', '1: a parenthesis is closed that none opens'],
  ['a MX (\n10\nx y )', '3: "y" is one word too many'],
  ['a TYPE65280 abcd', '1: RFC 3597 wants \\#, the length in bytes and hex digits'],
  ['a TYPE65280 \\# 2 abc', '1: the length 2 is not that of the hex digits'],
  ['a TYPE65280 \\# 1 xy', '1: the length 1 is not that of the hex digits'],
  ['a TYPE1 \\# 3 0a0000', '1: these are no bytes of the type A'],
  ['a TYPE255 \\# 0', '1: no zone holds records of this type'],
  ['a TYPE39 \\# 0', '1: no zone holds records of this type'],
  ['a CAA 0 is-sue x', '1: the tag "is-sue" is not of letters and digits'],
  [
    'a A 1\nb A 2\nc A 10.0.0.1\nd A 3',
    '1: "1" is no IPv4 address',
    '2: "2" is no IPv4 address',
    '4: "3" is no IPv4 address',
  ],
  ['a A 10.0.0.1\n\na CNAME b', '1: a.corp.example. has a CNAME on line 3, which stands alone'],
  ['a CNAME b\na CNAME b\na CNAME c', '3: a.corp.example. has a second CNAME'],
  ['@ CNAME b', "1: the zone's own name can have no CNAME: write ALIAS"],
  ['a ALIAS b\na AAAA ::1', '2: a.corp.example. has an ALIAS on line 1, which its addresses come from'],
  ['a ALIAS b\na ALIAS c', '2: a.corp.example. has a second ALIAS'],
  ['@ SOA a b 1 2 3 4 5\n@ SOA a b 2 2 3 4 5', '2: the zone has a second SOA'],
  ['a SOA a b 1 2 3 4 5', "1: a SOA stands at the zone's own name alone"],
  ['* NS a', '1: a wildcard delegates nothing'],
];

function faultsOf(text: string): string[] {
  const { records, faults } = read(text);
  return [...faults, ...(faults.length === 0 ? zoneFaults(APEX, records) : [])].map(
    ({ line: at, reason }) => `${at}: ${reason}`,
  );
}

describe('master files', () => {
  for (const [title, text, expected] of GOOD) {
    it(`have ${title}`, () => {
      const { records, faults } = read(text);
      assert.deepEqual(faults, []);
      assert.deepEqual(records.map(line), expected);
    });
  }

  for (const [text, ...expected] of BAD) {
    it(`are refused: ${JSON.stringify(text.slice(0, 60))}`, () => assert.deepEqual(faultsOf(text), expected));
  }

  it('are read to the end whatever is in them', () => {
    const pieces = [
      '\n',
      ' ',
      '(',
      ')',
      '"',
      '\\',
      ';',
      '@',
      '*',
      '.',
      '$TTL',
      '$ORIGIN',
      'IN',
      'A',
      'TXT',
      'SOA',
    ];
    const words = [
      'a',
      '10.0.0.1',
      '5',
      '1h',
      '\\#',
      'TYPE1',
      'MX',
      'CNAME',
      '\\046',
      'ALIAS',
      'CAA',
      '\xff',
    ];
    const soup = fc
      .array(fc.constantFrom(...pieces, ...words, ' '), { maxLength: 60 })
      .map((all) => all.join(' '));
    const bytes = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(fc.oneof(soup, bytes), (text) => {
        const { records, faults } = read(text);
        const lines = text.split('\n').length;
        for (const { line: at, reason } of [...faults, ...zoneFaults(APEX, records)]) {
          assert.ok(at >= 1 && at <= lines && reason !== '', `line ${at} of ${lines}: ${reason}`);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('of many megabytes are read like any other', () => {
    const { records, faults } = read(`a TXT "${'x'.repeat(5_000_000)}"\n${'b A 10.0.0.1\n'.repeat(10_000)}`);
    assert.deepEqual(
      [records.length, faults.map(({ reason }) => reason)],
      [10_000, ['the text is longer than 255 bytes']],
    );
  });
});
