import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Entry } from '@callsign/catalog';
import { splitText } from '@callsign/dns';
import { oneGroup, type ZoneRecord } from '@callsign/nameserver';
import { answering, type Seen } from './support/answering.ts';

/** What other servers answer from the same values (test/cases/etcd-layout.json, its `about` explains the fields). */
interface Sections {
  readonly rcode: string;
  readonly answer?: readonly string[];
  readonly ns?: readonly string[];
  readonly extra?: readonly string[];
  readonly first_answer?: string;
}

interface Case extends Partial<Record<'expected' | 'skydns2' | 'coredns', Sections>> {
  readonly n: number;
  readonly qname: string;
  readonly qtype: string;
  readonly same_but_ttl?: boolean;
}

interface Suite {
  readonly id: string;
  readonly config: { readonly zones?: readonly string[]; readonly domain?: string; readonly next?: string };
  readonly services: readonly {
    readonly etcd_key: string;
    readonly message: object;
    readonly lease_ttl?: number;
  }[];
  readonly queries: readonly Case[];
}

const CASES = JSON.parse(
  readFileSync(new URL('../../../test/cases/etcd-layout.json', import.meta.url), 'utf8'),
) as {
  readonly suites: readonly Suite[];
  readonly unit: {
    readonly split255: {
      readonly cases: readonly { length: number; strings?: number[]; strings_intended?: number[] }[];
    };
    readonly group: {
      readonly cases: readonly {
        services: { key: string; group?: string }[];
        count: number;
        keys?: string[];
      }[];
    };
  };
};

const SOA_30 = ['skydns.test. 30 IN SOA ns.dns.skydns.test.'];
const NODATA = { rcode: 'NOERROR', answer: [], ns: SOA_30, extra: [] };

/** Where we answer otherwise than the ancestors: what, and why. */
const DEVIATIONS: Readonly<Record<string, { readonly reason: string; readonly expected: Sections }>> = {
  'coredns-etcd/lookup 15': {
    reason: 'a chain that leads round in a circle is a fault, not NODATA',
    expected: { rcode: 'SERVFAIL', answer: [], ns: [], extra: [] },
  },
  'coredns-etcd/multi 2': {
    reason: 'the next handler there says SERVFAIL; without an upstream we say REFUSED',
    expected: { rcode: 'REFUSED', answer: [], ns: [], extra: [] },
  },
  'observed-both/qtypes 5': { reason: 'the name exists: NODATA, as SkyDNS 2 has it', expected: NODATA },
  'observed-both/qtypes 6': { reason: 'the name exists: NODATA, as SkyDNS 2 has it', expected: NODATA },
  'observed-both/qtypes 8': { reason: 'SOA stands at the apex alone', expected: NODATA },
  'observed-both/qtypes 10': {
    reason: 'ANY by RFC 8482',
    expected: { rcode: 'NOERROR', answer: ['web.skydns.test. 300 IN HINFO "RFC8482" ""'], ns: [], extra: [] },
  },
  'observed-both/qtypes 18': {
    reason: 'nothing is there nor below: NXDOMAIN, as CoreDNS has it',
    expected: { rcode: 'NXDOMAIN', answer: [], ns: SOA_30, extra: [] },
  },
  'observed-both/qtypes 20': {
    reason: 'the apex exists, and a zone without a name server is none (RFC 1034, 4.2.1)',
    expected: {
      rcode: 'NOERROR',
      answer: ['skydns.test. 300 IN NS ns.dns.skydns.test.'],
      ns: [],
      extra: [],
    },
  },
  'observed-both/qtypes 22': {
    reason: 'ANY by RFC 8482',
    expected: { rcode: 'NOERROR', answer: ['skydns.test. 300 IN HINFO "RFC8482" ""'], ns: [], extra: [] },
  },
  'observed-both/text-and-host 1': {
    reason: 'the text of a message with an address is served, as SkyDNS 2 has it',
    expected: { rcode: 'NOERROR', answer: ['a.ti.skydns.test. 300 IN TXT "hello"'], ns: [], extra: [] },
  },
  'observed-both/text-and-host 2': {
    reason: 'the text of a message with an address is served, as SkyDNS 2 has it',
    expected: { rcode: 'NOERROR', answer: ['ti.skydns.test. 300 IN TXT "hello"'], ns: [], extra: [] },
  },
  'observed-both/text-and-host 4': {
    reason: 'a text beside a name host does not kill the alias (coredns#6110)',
    expected: {
      rcode: 'NOERROR',
      answer: ['tn.skydns.test. 300 IN CNAME other.example.net.'],
      ns: [],
      extra: [],
    },
  },
  'observed-both/text-and-host 6': {
    reason: 'a text beside a name host does not kill the SRV, as SkyDNS 2 has it',
    expected: {
      rcode: 'NOERROR',
      answer: ['tn.skydns.test. 300 IN SRV 10 100 0 other.example.net.'],
      ns: [],
      extra: [],
    },
  },
  'observed-both/text-and-host 7': { reason: 'no host, no alias, as CoreDNS has it', expected: NODATA },
  'observed-both/text-and-host 9': {
    reason: 'never an SRV to the root, as CoreDNS has it',
    expected: NODATA,
  },
  'observed-both/text-and-host 11': {
    reason: 'the text of a message with an address is served, as SkyDNS 2 has it',
    expected: { rcode: 'NOERROR', answer: ['mix.skydns.test. 300 IN TXT "v=1"'], ns: [], extra: [] },
  },
  'observed-both/mx 5': {
    reason: "a CNAME stands alone (RFC 2181, 10.1): beside an address what it leads to is the name's own",
    expected: {
      rcode: 'NOERROR',
      answer: ['mx3.skydns.test. 300 IN A 10.8.0.3', 'mx3.skydns.test. 300 IN A 10.8.0.9'],
      ns: [],
      extra: [],
    },
  },
  'observed-both/ttl 0': {
    reason: 'one TTL in an RRset, the smallest (RFC 2181, 5.2)',
    expected: {
      rcode: 'NOERROR',
      answer: ['t1.skydns.test. 30 IN A 10.3.0.1', 't1.skydns.test. 30 IN A 10.3.0.2'],
      ns: [],
      extra: [],
    },
  },
  'observed-both/ttl 1': {
    reason: 'one TTL in an RRset, the smallest (RFC 2181, 5.2)',
    expected: {
      rcode: 'NOERROR',
      answer: [
        't1.skydns.test. 30 IN SRV 10 50 0 a.t1.skydns.test.',
        't1.skydns.test. 30 IN SRV 10 50 0 b.t1.skydns.test.',
      ],
      ns: [],
      extra: ['a.t1.skydns.test. 30 IN A 10.3.0.1', 'b.t1.skydns.test. 120 IN A 10.3.0.2'],
    },
  },
  'observed-both/ttl 2': {
    reason: 'the TTL of a leased record is the granted one and does not count down',
    expected: { rcode: 'NOERROR', answer: ['t2.skydns.test. 45 IN A 10.3.0.3'], ns: [], extra: [] },
  },
  'observed-both/ttl 4': {
    reason: 'the TTL of a leased record is the granted one and does not count down',
    expected: { rcode: 'NOERROR', answer: ['t4.skydns.test. 40 IN A 10.3.0.5'], ns: [], extra: [] },
  },
};

describe('the etcd layout of SkyDNS 2 and CoreDNS', () => {
  for (const suite of CASES.suites) {
    describe(suite.id, () => {
      const domains = (suite.config.zones ?? [suite.config.domain ?? 'skydns.test.']).filter(
        (zone) => !zone.endsWith('.arpa.'),
      );
      const server = answering({ domains, entries: suite.services.map(entryOf) });
      for (const question of suite.queries) {
        const deviation = DEVIATIONS[`${suite.id} ${question.n}`];
        const expected = deviation?.expected ?? question.expected ?? question.coredns ?? question.skydns2;
        const because = deviation === undefined ? '' : ` (otherwise: ${deviation.reason})`;
        it(`${question.qname} ${question.qtype}${because}`, async () => {
          compare(
            await server.ask(question.qname, question.qtype, { transport: 'tcp' }),
            expected as Sections,
          );
        });
      }
    });
  }

  it('names no deviation that there is no case for', () => {
    const known = new Set(CASES.suites.flatMap(({ id, queries }) => queries.map(({ n }) => `${id} ${n}`)));
    assert.deepEqual(
      Object.keys(DEVIATIONS).filter((id) => !known.has(id)),
      [],
    );
  });
});

describe('units of the etcd layout', () => {
  for (const { length, strings, strings_intended } of CASES.unit.split255.cases) {
    it(`splits a text of ${length} bytes`, () => {
      assert.deepEqual(
        splitText('x'.repeat(length)).map((text) => text.length),
        strings_intended ?? strings,
      );
    });
  }

  CASES.unit.group.cases.forEach(({ services, count, keys }, at) => {
    it(`groups case ${at}`, () => {
      const records = services.map(({ key, group = '' }) => ({
        name: key,
        depth: key.split('/').length,
        service: { group },
      }));
      const kept = oneGroup(records as unknown as ZoneRecord[]);
      assert.equal(kept.length, count);
      if (keys !== undefined)
        assert.deepEqual(
          kept.map(({ name }) => name),
          keys,
        );
    });
  });
});

function entryOf({ etcd_key, message, lease_ttl }: Suite['services'][number]): Entry {
  const key = etcd_key.replace('/skydns/', '');
  return {
    key,
    value: JSON.stringify(message),
    revision: 1,
    ...(lease_ttl !== undefined && { leaseTtl: lease_ttl }),
  };
}

/** As the cases' own tests compare: sections sorted, SOA by its first name, 303 for any TTL, additional by RRset. */
function compare(got: Seen, expected: Sections): void {
  assert.equal(got.rcode, expected.rcode);
  if (expected.first_answer !== undefined)
    assert.match(got.answer[0] ?? '', new RegExp(`${expected.first_answer}$`));
  for (const section of ['answer', 'ns', 'extra'] as const) {
    const want = expected[section];
    if (want !== undefined && expected.first_answer === undefined) {
      assert.deepEqual(normal(got[section], want), normal(want, want), section);
    }
  }
}

function normal(lines: readonly string[], want: readonly string[]): string[] {
  const anyTtl = want.some((line) => / 303 IN /.test(line));
  return lines
    .map((line) => (/ IN SOA /.test(line) ? (line.match(/^\S+ \d+ IN SOA \S+/)?.[0] ?? line) : line))
    .map((line) => (anyTtl ? line.replace(/^(\S+) \d+/, '$1 *') : line))
    .map((line) => (/ IN (TXT|HINFO) /.test(line) ? line : line.toLowerCase()))
    .sort();
}
