import assert from 'node:assert/strict';
import {
  AnswerWriter,
  decodeMessage,
  explain,
  FLAG,
  layOut,
  MAX_MESSAGE,
  PLAIN_PAYLOAD,
  Query,
  RecordEncoder,
  ReplyOptions,
  type ResourceRecord,
  replyLimit,
  ServerCookies,
  Stamped,
  type Transport,
  writeEmptyReply,
} from '@callsign/dns';
import { type Answerable, finish } from '@callsign/nameserver';
import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { seen } from './support/answering.ts';

const TTL = 30;
const SOA: ResourceRecord = {
  ...{ name: 'docker.', ttl: TTL, type: 'SOA', mname: 'ns.docker.', rname: 'host.docker.' },
  ...{ serial: 7, refresh: 1, retry: 2, expire: 3, minimum: 4 },
};

/** One record of an RRset, each another one. */
const MAKERS: Readonly<Record<string, (name: string, at: number, size: number) => ResourceRecord>> = {
  A: (name, at) => ({ name, ttl: TTL, type: 'A', address: `10.0.${at >> 8}.${at & 255}` }),
  AAAA: (name, at) => ({ name, ttl: TTL, type: 'AAAA', address: `2001:db8::${(at + 1).toString(16)}` }),
  TXT: (name, at, size) => ({
    name,
    ttl: TTL,
    type: 'TXT',
    strings: [`${at} ${'x'.repeat((at * 7 + size) % 200)}`],
  }),
  MX: (name, at) => ({ name, ttl: TTL, type: 'MX', preference: at, target: `m${at}.docker.` }),
  SRV: (name, at) => ({
    name,
    ttl: TTL,
    type: 'SRV',
    priority: 1,
    weight: 1,
    port: at,
    target: `t${at}.docker.`,
  }),
};

function rrset(name: string, type: string, count: number, size: number): ResourceRecord[] {
  return Array.from({ length: count }, (_, at) => (MAKERS[type] as (typeof MAKERS)[string])(name, at, size));
}

interface Case {
  readonly labels: readonly string[];
  readonly outcome: Answerable;
  readonly transport: Transport;
  /** Payload size by EDNS; absent: no EDNS. */
  readonly payload: number | undefined;
  readonly options: string;
}

const label = fc.stringMatching(/^[a-z0-9-]{1,40}$/);
const labels = fc.array(label, { maxLength: 4 }).map((some) => [...some, 'docker']);

/** Up to three aliases, an RRset, and RRsets of addresses beside it. */
const hit = fc
  .record({
    aliases: fc.array(label, { maxLength: 3 }),
    type: fc.constantFrom(...Object.keys(MAKERS)),
    count: fc.oneof(fc.nat(4), fc.nat(120)),
    size: fc.nat(200),
    glue: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 30 }),
  })
  .map(({ aliases, type, count, size, glue }) => (owner: string): Answerable => {
    const names = [owner, ...aliases.map((alias, at) => `${alias}${at}.docker.`)];
    const chain = names.slice(1).map((target, at): ResourceRecord => {
      return { name: names[at] as string, ttl: TTL, type: 'CNAME', target };
    });
    const additional = glue.flatMap((many, at) =>
      rrset(`t${at}.docker.`, at % 2 === 0 ? 'A' : 'AAAA', many, 0),
    );
    const answer = [...chain, ...rrset(names.at(-1) as string, type, count, size)];
    return { kind: 'hit', anchor: new Stamped(), answer, additional };
  });

const negative = fc
  .constantFrom('nodata' as const, 'nxdomain' as const)
  .map((kind) => (): Answerable => ({ kind, anchor: new Stamped(), answer: [], soa: SOA }));

const referral = fc.tuple(fc.nat(20), fc.nat(20)).map(
  ([servers, glue]) =>
    (owner: string): Answerable => ({
      ...{ kind: 'referral', anchor: new Stamped(), owner, answer: [] },
      authority: Array.from({ length: servers }, (_, at) => {
        return { name: owner, ttl: TTL, type: 'NS' as const, target: `t${at}.docker.` };
      }),
      additional: Array.from({ length: glue }, (_, at) => rrset(`t${at}.docker.`, 'A', 2, 0)).flat(),
    }),
);

const NSID = '00030000';
const COOKIE = '000a00080102030405060708';

const anyCase: fc.Arbitrary<Case> = fc
  .record({
    labels,
    outcome: fc.oneof({ weight: 4, arbitrary: hit }, negative, referral),
    transport: fc.constantFrom<Transport>('udp', 'udp', 'tcp', 'tls', 'https'),
    payload: fc.option(fc.oneof(fc.nat(2_000), fc.nat(65_535)), { nil: undefined }),
    options: fc.constantFrom('', NSID, COOKIE, NSID + COOKIE),
  })
  .map((one) => ({ ...one, outcome: one.outcome(`${one.labels.join('.')}.`) }));

const replyOptions = new ReplyOptions(new ServerCookies(), 'a-name-of-a-server.example');

/** The query of a case, read as the responder reads it. */
function queryOf({ labels: asked, payload, options }: Pick<Case, 'labels' | 'payload' | 'options'>): Query {
  const hex = (value: number) => value.toString(16).padStart(4, '0');
  const opt =
    payload === undefined ? '' : `000029${hex(payload)}00000000${hex(options.length / 2)}${options}`;
  const name = asked.map((one) => String.fromCharCode(one.length) + one).join('');
  const packet = Buffer.concat([
    Buffer.from(`0007010000010000000000${opt === '' ? '00' : '01'}`, 'hex'),
    Buffer.from(`${name}\0\0\u0001\0\u0001`, 'latin1'),
    Buffer.from(opt, 'hex'),
  ]);
  const query = new Query();
  assert.equal(query.read(packet, packet.length), 'answer');
  replyOptions.fill(query, '192.0.2.1');
  return query;
}

const reply = Buffer.alloc(2 * MAX_MESSAGE);

/** Writes replies from one finished answer. */
function finished({ outcome, labels }: Case): AnswerWriter {
  return new AnswerWriter(layOut(finish(outcome, labels), Buffer.alloc(0)).buffer);
}

function write(writer: AnswerWriter, { transport }: Case, query: Query): Buffer {
  const limit = replyLimit(query, transport);
  const size = writer.write(0, reply, query, FLAG.AA, limit, transport !== 'udp', 7);
  assert.ok(size <= limit, `${size} bytes of ${limit}`);
  return reply.subarray(0, size);
}

/** Records as zone-file lines. */
function lines(records: readonly ResourceRecord[]): string[] {
  return records.map((record) => {
    const head = `${record.name} ${record.ttl} IN ${record.type} `;
    switch (record.type) {
      case 'A':
      case 'AAAA':
        return head + record.address;
      case 'CNAME':
      case 'NS':
        return head + record.target;
      case 'MX':
        return `${head}${record.preference} ${record.target}`;
      case 'SRV':
        return `${head}${record.priority} ${record.weight} ${record.port} ${record.target}`;
      case 'TXT':
        return head + record.strings.map((text) => `"${text}"`).join(' ');
      case 'SOA':
        return `${head}${record.mname} ${record.rname} ${record.serial} ${record.refresh} ${record.retry} ${record.expire} ${record.minimum}`;
      default:
        throw new Error(`${record.type} is not made here`);
    }
  });
}

function sectionsOf(outcome: Answerable) {
  const authority = outcome.kind === 'referral' ? outcome.authority : 'soa' in outcome ? [outcome.soa] : [];
  const additional = 'additional' in outcome ? outcome.additional : [];
  return { answer: lines(outcome.answer), authority: lines(authority), additional: lines(additional) };
}

/** Owner and type of a record's line. */
const setOf = (line: string) =>
  line
    .split(' ')
    .filter((_, at) => at === 0 || at === 3)
    .join(' ');

describe('truncation, whatever the answer and the client', () => {
  /** Asks a case some times over, and hands each reply with what an uncut one would have. */
  function forAll(check: (got: ReturnType<typeof seen>, bytes: Buffer, one: Case) => void): void {
    fc.assert(
      fc.property(anyCase, fc.integer({ min: 1, max: 4 }), (one, times) => {
        const writer = finished(one);
        const query = queryOf(one);
        for (let left = times; left > 0; left -= 1) {
          const bytes = write(writer, one, query);
          check(seen(bytes), bytes, one);
        }
      }),
      { numRuns: 300 },
    );
  }

  it('keeps the limit, and leaves what two codecs read alike', () => {
    forAll((got, bytes) => {
      const { answer, authority, additional } = decodeMessage(bytes);
      assert.deepEqual(
        [answer.length, authority.length, additional.length],
        [got.answer.length, got.ns.length, got.extra.length],
      );
    });
  });

  it('makes up nothing and tells nothing twice', () => {
    forAll((got, _, { outcome }) => {
      const { answer, authority, additional } = sectionsOf(outcome);
      for (const [given, had] of [
        [got.answer, answer],
        [got.ns, authority],
        [got.extra, additional],
      ] as const) {
        assert.deepEqual(
          given.filter((line) => !had.includes(line)),
          [],
        );
        assert.equal(new Set(given).size, given.length);
      }
    });
  });

  it('says TC when the answer or the authority lost something, by UDP alone', () => {
    forAll((got, _, { outcome, transport }) => {
      const { answer, authority } = sectionsOf(outcome);
      const lost = got.answer.length < answer.length || got.ns.length < authority.length;
      assert.equal(got.tc, lost && transport === 'udp');
    });
  });

  it('cuts nothing that fits', () => {
    forAll((got, bytes, one) => {
      const { answer, authority, additional } = sectionsOf(one.outcome);
      const all = answer.length + authority.length + additional.length;
      if (got.answer.length + got.ns.length + got.extra.length === all) return;
      const query = queryOf(one);
      const whole = finished(one).write(0, reply, query, 0, reply.length, true, 7);
      assert.ok(whole > replyLimit(query, one.transport), `${whole} bytes were cut to ${bytes.length}`);
    });
  });

  it('leaves RRsets of the additional section out as a whole, and only behind a whole answer', () => {
    forAll((got, _, { outcome }) => {
      const { answer, authority, additional } = sectionsOf(outcome);
      const kept = new Set(got.extra.map(setOf));
      assert.deepEqual(
        got.extra,
        additional.filter((line) => kept.has(setOf(line))),
      );
      if (got.extra.length > 0)
        assert.deepEqual([got.answer.length, got.ns.length], [answer.length, authority.length]);
    });
  });

  it('leaves no RRset out of the additional section that had room', () => {
    forAll((got, bytes, one) => {
      const { answer, authority } = sectionsOf(one.outcome);
      const additional = 'additional' in one.outcome ? one.outcome.additional : [];
      const [next] = additional.slice(got.extra.length);
      if (next === undefined || got.answer.length + got.ns.length < answer.length + authority.length) return;
      const set = additional.filter(({ name, type }) => name === next.name && type === next.type);
      const encoder = new RecordEncoder(one.labels);
      const needed = set.reduce((sum, record) => sum + encoder.encode(record).length, 0);
      assert.ok(bytes.length + needed > replyLimit(queryOf(one), one.transport), `${needed} bytes had room`);
    });
  });

  it('turns the last RRset of an answer, and nothing else', () => {
    forAll((got, _, { outcome }) => {
      const { answer } = sectionsOf(outcome);
      const last = answer.filter((line) => setOf(line) === setOf(answer.at(-1) ?? ''));
      const before = answer.slice(0, answer.length - last.length);
      assert.deepEqual(got.answer.slice(0, before.length), before.slice(0, got.answer.length));
      const turned = got.answer.slice(before.length);
      const first = last.indexOf(turned[0] ?? '');
      assert.deepEqual(turned, [...last.slice(first), ...last.slice(0, first)].slice(0, turned.length));
    });
  });

  it('leaves the client the options that it asked for', () => {
    forAll((_, bytes, { payload, options }) => {
      const { additionals = [] } = dnsPacket.decode(bytes);
      const opts = additionals.filter(({ type }) => type === 'OPT') as unknown as readonly {
        readonly options: readonly { readonly code: number }[];
      }[];
      assert.equal(opts.length, payload === undefined ? 0 : 1);
      const told = opts.flatMap((opt) => opt.options.map(({ code }) => code)).toSorted();
      const asked = [options.includes(NSID) ? [3] : [], options.includes(COOKIE) ? [10] : []].flat();
      assert.deepEqual(told, payload === undefined ? [] : asked.toSorted());
    });
  });

  it('never cuts a refusal: question, options and reason fit into the smallest payload', () => {
    const long = fc.array(fc.stringMatching(/^[a-z]{50}$/), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.oneof(labels, long),
        fc.constantFrom(NSID + COOKIE, COOKIE, ''),
        fc.string(),
        (asked, options, text) => {
          const query = queryOf({ labels: asked, payload: 512, options });
          const empty = writeEmptyReply(reply, query, 5);
          const size = explain(reply, empty, { code: 20, text }, PLAIN_PAYLOAD);
          assert.ok(size <= PLAIN_PAYLOAD);
          assert.equal(seen(reply.subarray(0, size)).rcode, 'REFUSED');
        },
      ),
    );
  });
});
