import assert from 'node:assert/strict';
import { KNOTD, requireParts } from '../../../../test/support/parts.ts';
import { questionBytes, type Seen, seen } from '../support/answering.ts';
import { overriding, ZoneFolder } from '../support/overriding.ts';
import { Knot } from './knot.ts';

const ZONE = `
$TTL 3600
@       SOA   ns1 hostmaster 2024010101 7200 1800 86400 60
        NS    ns1
        NS    ns.other.example.
        MX    10 mail
        CAA   0 issue "ca.example"
ns1     A     10.0.0.53
www     A     10.0.0.1
        A     10.0.0.2
        AAAA  fd00::1
        TXT   "hello" "world"
mail    A     10.0.0.25
alias   CNAME www
alias2  CNAME alias
away    CNAME www.example.net.
void    CNAME nothing
*.wild  A     10.0.1.1
        TXT   "made up"
x.wild  A     10.0.1.2
*.cw    CNAME www
*.far   CNAME www.example.net.
deep.er.ent   A 10.0.2.1
*.star.ent    A 10.0.2.2
_sip._tcp     SRV 1 2 5060 www
sub     NS    ns.sub
        NS    ns1
        TYPE43 \\# 6 000105010102
ns.sub  A     10.0.3.1
into    CNAME host.sub
odd     TYPE65280 \\# 2 abcd
1.rev   PTR   www
`;

const NAMES =
  `@ ns1 www x.www mail alias x.alias alias2 away void nothing wild a.wild a.b.wild *.wild x.wild y.x.wild
  cw a.cw a.b.cw far a.far ent er.ent deep.er.ent x.deep.er.ent x.er.ent x.ent star.ent a.star.ent *.star.ent _tcp
  _sip._tcp x._tcp sub host.sub a.host.sub ns.sub into odd 1.rev rev WwW`.split(/\s+/);
const TYPES = 'A AAAA CNAME MX NS SOA TXT SRV PTR CAA DS UNKNOWN_65280'.split(' ');
const QUESTIONS = NAMES.flatMap((name) =>
  TYPES.map((type) => [name === '@' ? 'corp.example' : `${name}.corp.example`, type] as const),
);

/** What two servers must agree on. The order of records, and the letters' case, mean nothing. */
function agreed({ rcode, aa, tc, answer, ns }: Seen) {
  const sorted = (lines: readonly string[]) => lines.map((line) => line.toLowerCase()).toSorted();
  return { rcode, aa, tc, answer: sorted(answer), ns: sorted(ns) };
}

describe('static zones', () => {
  let folder: ZoneFolder;
  let knot: Knot | undefined;

  before(async function () {
    requireParts(this, KNOTD);
    folder = new ZoneFolder();
    knot = await Knot.serving('corp.example', folder.write('corp.zone', ZONE));
  });

  after(async () => {
    await knot?.[Symbol.asyncDispose]();
    folder?.[Symbol.dispose]();
  });

  it(`answer ${QUESTIONS.length} questions as knotd does`, async function () {
    this.timeout(120_000);
    const file = folder.write('ours.zone', ZONE);
    const server = overriding({ overrides: { zoneFiles: [{ zone: 'corp.example.', file }] } });
    for (const [name, type] of QUESTIONS) {
      const theirs = seen((await knot?.ask(questionBytes(name, type))) ?? Buffer.alloc(0));
      assert.deepEqual(agreed(await server.ask(name, type)), agreed(theirs), `${name} ${type}`);
    }
  });
});
