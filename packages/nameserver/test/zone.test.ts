import assert from 'node:assert/strict';
import { answering, entriesOf, type Seen } from './support/answering.ts';

const DOMAINS = ['docker.', 'lab.test.', 'flat.'];

const STORE = entriesOf({
  'docker/dev/redis/redis1/default/node1/aaaaaaaaaaaa': {
    host: '172.17.0.2',
    port: 6379,
    ttl: 30,
    callsign: { source: 'docker' },
  },
  'docker/dev/redis/redis2/default/node2/bbbbbbbbbbbb': {
    host: '172.17.0.3',
    port: 6379,
    ttl: 30,
    callsign: { source: 'docker' },
  },
  'docker/dev/redis/redis2/default/node2/bbbbbbbbbbbb-26379': {
    host: '172.17.0.3',
    port: 26379,
    callsign: { source: 'docker' },
  },
  'docker/dev/web/web1/eu/node1/cccccccccccc': { host: 'fd00::7', port: 80, callsign: { source: 'docker' } },
  'docker/lab/duo/duo1/eu/node1/dddddddddddd/v4': {
    host: '172.17.0.8',
    port: 80,
    targetstrip: 1,
    mail: true,
    callsign: { source: 'docker', portname: 'http', scheme: 'https' },
  },
  'docker/lab/duo/duo1/eu/node1/dddddddddddd/v6': {
    host: 'fd00::8',
    port: 80,
    targetstrip: 1,
    mail: true,
    callsign: { source: 'docker', portname: 'http', scheme: 'https' },
  },
  'docker/lab/duo/mono/eu/node1/eeeeeeeeeeee': {
    host: '172.17.0.9',
    port: 80,
    callsign: { source: 'docker' },
  },
  'docker/apps/*': { host: '10.9.9.9' },
  'docker/apps/real': { host: '10.9.9.1' },
  'docker/alias': { host: 'redis1.redis.dev.docker' },
  'docker/away': { host: 'www.example.org', text: 'why' },
  'docker/away2': { host: 'away.docker' },
  'docker/both/x': { host: '10.1.0.1', ttl: 60 },
  'docker/both/y': { host: 'alias.docker', ttl: 20 },
  'docker/both/z': { host: 'www.example.org' },
  'docker/two/x': { host: 'alias.docker' },
  'docker/two/y': { host: 'redis2.redis.dev.docker', ttl: 10 },
  'docker/to-two': { host: 'two.docker' },
  'docker/pair/x': { host: 'b.example.org' },
  'docker/pair/y': { host: 'a.example.org' },
  'docker/six/x': { host: 'fd00::6' },
  'docker/six/same': { host: 'FD00:0::6' },
  'docker/six/y': { host: 'www.example.org' },
  'docker/only/1a2b3c4d': { host: 'redis1.redis.dev.docker', targetstrip: 1, text: 'owner=me' },
  'docker/net/a': { host: 'b.net.docker' },
  'docker/net/b/x': { host: 'a.net.docker' },
  'docker/net/b/y': { host: 'c.net.docker' },
  'docker/net/c': { host: 'b.net.docker' },
  'docker/to-lab': { host: 'printer.lab.test' },
  'docker/ring/a': { host: 'b.ring.docker' },
  'docker/ring/b': { host: 'a.ring.docker' },
  'docker/same/x': { host: '10.0.0.1', port: 80, weight: 10 },
  'docker/same/y': { host: '10.0.0.1', port: 80, weight: 30, targetstrip: 1 },
  'docker/same/z': { host: '10.0.0.1', port: 80, weight: 60, targetstrip: 1 },
  'docker/up': { host: '10.0.0.21' },
  'docker/up/x': { host: '10.0.0.22', ttl: 60 },
  'docker/up/x/y': { host: '10.0.0.23', ttl: 20 },
  'docker/noport': { host: '10.0.0.2', port: -1 },
  'docker/broken/bad': '{"host": 10}',
  'docker/broken/range': { host: '10.0.0.3', port: 70000 },
  'docker/broken/long': { host: '10.0.0.3', text: 'é'.repeat(32_001) },
  'docker/broken/good': { host: '10.0.0.4' },
  'docker/longest': { text: 'é'.repeat(32_000), callsign: { source: 'rest' } },
  'docker/Upper': { host: '10.0.0.5' },
  'docker/dns/ns/a': { host: '10.0.0.53' },
  'docker/dns/ns/b': { host: 'ns.example.org' },
  'docker/dns/apex': { host: '10.0.0.80' },
  'flat/dns/apex': { host: 'redis1.redis.dev.docker' },
  'test/lab/printer': { host: '192.168.7.9' },
  'arpa/in-addr/10/0/0/80': { host: 'front.docker' },
  'org/example/www': { host: '10.66.66.66' },
});

const SOA = 'docker. 30 IN SOA ns.dns.docker. hostmaster.docker. 1 7200 1800 86400 30';

const RESOLVER_SOA =
  'resolver.arpa. 30 IN SOA ns.dns.resolver.arpa. hostmaster.resolver.arpa. 1 7200 1800 86400 30';

/** Questions and their answers; a rcode by itself stands for an empty answer with it and the SOA. */
const TABLE: readonly (readonly [question: string, expected: string | Partial<Seen>])[] = [
  ['redis1.redis.dev.docker A', { answer: ['redis1.redis.dev.docker. 30 IN A 172.17.0.2'] }],
  [
    'redis.dev.docker A',
    { answer: ['redis.dev.docker. 30 IN A 172.17.0.2', 'redis.dev.docker. 30 IN A 172.17.0.3'] },
  ],
  ['redis.dev.docker AAAA', 'NODATA'],
  ['dev.docker HTTPS', 'NODATA'],
  ['redis9.dev.docker A', 'NXDOMAIN'],
  ['x.redis1.redis.dev.docker A', 'NXDOMAIN'],
  ['node1.default.redis1.redis.dev.docker MX', 'NODATA'],
  ['*.eu.*.web.dev.docker AAAA', { answer: ['*.eu.*.web.dev.docker. 300 IN AAAA fd00::7'] }],
  [
    'any.*.dev.docker A',
    { answer: ['any.*.dev.docker. 30 IN A 172.17.0.2', 'any.*.dev.docker. 30 IN A 172.17.0.3'] },
  ],
  ['*.nothing.docker A', 'NXDOMAIN'],
  ['*.*.*.*.*.*.*.*.docker A', 'NXDOMAIN'],
  ['real.apps.docker A', { answer: ['real.apps.docker. 300 IN A 10.9.9.1'] }],
  ['made.up.apps.docker A', { answer: ['made.up.apps.docker. 300 IN A 10.9.9.9'] }],
  ['made.up.apps.docker TXT', 'NODATA'],
  ['x.real.apps.docker A', 'NXDOMAIN'],
  ['made-up.apps.docker ANY', { answer: ['made-up.apps.docker. 300 IN HINFO "RFC8482" ""'] }],
  [
    'alias.docker A',
    {
      answer: [
        'alias.docker. 300 IN CNAME redis1.redis.dev.docker.',
        'redis1.redis.dev.docker. 30 IN A 172.17.0.2',
      ],
    },
  ],
  ['alias.docker AAAA', { answer: ['alias.docker. 300 IN CNAME redis1.redis.dev.docker.'], ns: [SOA] }],
  ['alias.docker CNAME', { answer: ['alias.docker. 300 IN CNAME redis1.redis.dev.docker.'] }],
  ['away.docker A', { answer: ['away.docker. 300 IN CNAME www.example.org.'] }],
  ['away.docker TXT', { answer: ['away.docker. 300 IN TXT "why"'] }],
  [
    'away2.docker A',
    { answer: ['away2.docker. 300 IN CNAME away.docker.', 'away.docker. 300 IN CNAME www.example.org.'] },
  ],
  ['both.docker A', { answer: ['both.docker. 20 IN A 10.1.0.1', 'both.docker. 20 IN A 172.17.0.2'] }],
  ['both.docker AAAA', 'NODATA'],
  ['both.docker CNAME', 'NODATA'],
  ['both.docker CAA', 'NODATA'],
  ['two.docker A', { answer: ['two.docker. 10 IN A 172.17.0.2', 'two.docker. 10 IN A 172.17.0.3'] }],
  ['two.docker AAAA', 'NODATA'],
  [
    'to-two.docker A',
    {
      answer: [
        'to-two.docker. 300 IN CNAME two.docker.',
        'two.docker. 10 IN A 172.17.0.2',
        'two.docker. 10 IN A 172.17.0.3',
      ],
    },
  ],
  ['pair.docker A', { answer: ['pair.docker. 300 IN CNAME a.example.org.'] }],
  ['pair.docker AAAA', { answer: ['pair.docker. 300 IN CNAME a.example.org.'] }],
  ['pair.docker CNAME', { answer: ['pair.docker. 300 IN CNAME a.example.org.'] }],
  ['six.docker A', 'NODATA'],
  ['six.docker AAAA', { answer: ['six.docker. 300 IN AAAA fd00::6'] }],
  [
    'only.docker A',
    {
      answer: [
        'only.docker. 300 IN CNAME redis1.redis.dev.docker.',
        'redis1.redis.dev.docker. 30 IN A 172.17.0.2',
      ],
    },
  ],
  ['only.docker CNAME', { answer: ['only.docker. 300 IN CNAME redis1.redis.dev.docker.'] }],
  ['only.docker TXT', { answer: ['only.docker. 300 IN TXT "owner=me"'] }],
  ['away.docker CAA', 'NODATA'],
  [
    'to-lab.docker AAAA',
    {
      answer: ['to-lab.docker. 300 IN CNAME printer.lab.test.'],
      ns: [SOA.replaceAll('docker.', 'lab.test.')],
    },
  ],
  ['b.net.docker A', { rcode: 'SERVFAIL', aa: false }],
  ['flat A', { answer: ['flat. 30 IN A 172.17.0.2'] }],
  ['a.ring.docker A', { rcode: 'SERVFAIL', aa: false }],
  [
    'same.docker SRV',
    {
      answer: [
        'same.docker. 300 IN SRV 10 10 80 x.same.docker.',
        'same.docker. 300 IN SRV 10 90 80 same.docker.',
      ],
      extra: ['x.same.docker. 300 IN A 10.0.0.1', 'same.docker. 300 IN A 10.0.0.1'],
    },
  ],
  [
    'x.up.docker SRV',
    {
      answer: [
        'x.up.docker. 20 IN SRV 10 50 0 x.up.docker.',
        'x.up.docker. 20 IN SRV 10 50 0 y.x.up.docker.',
      ],
      extra: [
        'x.up.docker. 20 IN A 10.0.0.22',
        'x.up.docker. 20 IN A 10.0.0.23',
        'y.x.up.docker. 20 IN A 10.0.0.23',
      ],
    },
  ],
  [
    'duo.lab.docker A',
    { answer: ['duo.lab.docker. 300 IN A 172.17.0.8', 'duo.lab.docker. 300 IN A 172.17.0.9'] },
  ],
  ['*.node1.*.duo1.*.lab.docker AAAA', { answer: ['*.node1.*.duo1.*.lab.docker. 300 IN AAAA fd00::8'] }],
  [
    'duo.lab.docker SRV',
    {
      answer: [
        'duo.lab.docker. 300 IN SRV 10 50 80 dddddddddddd.node1.eu.duo1.duo.lab.docker.',
        'duo.lab.docker. 300 IN SRV 10 50 80 eeeeeeeeeeee.node1.eu.mono.duo.lab.docker.',
      ],
      extra: [
        'dddddddddddd.node1.eu.duo1.duo.lab.docker. 300 IN A 172.17.0.8',
        'dddddddddddd.node1.eu.duo1.duo.lab.docker. 300 IN AAAA fd00::8',
        'eeeeeeeeeeee.node1.eu.mono.duo.lab.docker. 300 IN A 172.17.0.9',
      ],
    },
  ],
  [
    '_http._tcp.duo1.duo.lab.docker SRV',
    {
      answer: [
        '_http._tcp.duo1.duo.lab.docker. 300 IN SRV 10 100 80 dddddddddddd.node1.eu.duo1.duo.lab.docker.',
      ],
      extra: [
        'dddddddddddd.node1.eu.duo1.duo.lab.docker. 300 IN A 172.17.0.8',
        'dddddddddddd.node1.eu.duo1.duo.lab.docker. 300 IN AAAA fd00::8',
      ],
    },
  ],
  [
    'duo1.duo.lab.docker MX',
    {
      answer: ['duo1.duo.lab.docker. 300 IN MX 10 dddddddddddd.node1.eu.duo1.duo.lab.docker.'],
      extra: [
        'dddddddddddd.node1.eu.duo1.duo.lab.docker. 300 IN A 172.17.0.8',
        'dddddddddddd.node1.eu.duo1.duo.lab.docker. 300 IN AAAA fd00::8',
      ],
    },
  ],
  [
    'dddddddddddd.node1.eu.duo1.duo.lab.docker AAAA',
    { answer: ['dddddddddddd.node1.eu.duo1.duo.lab.docker. 300 IN AAAA fd00::8'] },
  ],
  ['8.0.17.172.in-addr.arpa PTR', { answer: ['8.0.17.172.in-addr.arpa. 300 IN PTR duo1.duo.lab.docker.'] }],
  [
    '8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa PTR',
    {
      answer: [
        '8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa. 300 IN PTR duo1.duo.lab.docker.',
      ],
    },
  ],
  ['same.docker A', { answer: ['same.docker. 300 IN A 10.0.0.1'] }],
  ['noport.docker SRV', 'NODATA'],
  ['noport.docker A', { answer: ['noport.docker. 300 IN A 10.0.0.2'] }],
  ['broken.docker A', { answer: ['broken.docker. 300 IN A 10.0.0.4'] }],
  ['bad.broken.docker A', 'NXDOMAIN'],
  ['upper.docker A', 'NXDOMAIN'],
  ['docker A', { answer: ['docker. 300 IN A 10.0.0.80'] }],
  [
    'docker NS',
    {
      answer: ['docker. 300 IN NS a.ns.dns.docker.', 'docker. 300 IN NS ns.example.org.'],
      extra: ['a.ns.dns.docker. 300 IN A 10.0.0.53'],
    },
  ],
  ['lab.test NS', { answer: ['lab.test. 300 IN NS ns.dns.lab.test.'] }],
  ['docker SOA', { answer: [SOA] }],
  ['redis.dev.docker SOA', 'NODATA'],
  [
    'lab.test SOA',
    { answer: ['lab.test. 30 IN SOA ns.dns.lab.test. hostmaster.lab.test. 1 7200 1800 86400 30'] },
  ],
  ['printer.lab.test A', { answer: ['printer.lab.test. 300 IN A 192.168.7.9'] }],
  [
    '2.0.17.172.in-addr.arpa PTR',
    { answer: ['2.0.17.172.in-addr.arpa. 30 IN PTR redis1.redis.dev.docker.'] },
  ],
  [
    '3.0.17.172.in-addr.arpa PTR',
    { answer: ['3.0.17.172.in-addr.arpa. 30 IN PTR redis2.redis.dev.docker.'] },
  ],
  ['80.0.0.10.in-addr.arpa PTR', { answer: ['80.0.0.10.in-addr.arpa. 300 IN PTR front.docker.'] }],
  [
    '7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa PTR',
    {
      answer: [
        '7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa. 300 IN PTR web1.web.dev.docker.',
      ],
    },
  ],
  ['9.9.9.9.in-addr.arpa PTR', { rcode: 'REFUSED', aa: false }],
  ['www.example.org A', { rcode: 'REFUSED', aa: false }],
  ['_dns.resolver.arpa SVCB', { answer: [], ns: [RESOLVER_SOA] }],
  ['resolver.arpa A', { answer: [], ns: [RESOLVER_SOA] }],
  ['localhost A', { answer: ['localhost. 300 IN A 127.0.0.1'] }],
  ['db.localhost AAAA', { answer: ['db.localhost. 300 IN AAAA ::1'] }],
  ['localhost MX', { ns: [SOA.replaceAll('docker.', 'localhost.')] }],
  ['x.invalid A', { rcode: 'NXDOMAIN', ns: [SOA.replaceAll('docker.', 'invalid.')] }],
  ['x.test A', { rcode: 'NXDOMAIN', ns: [SOA.replaceAll('docker.', 'test.')] }],
  ['x.onion A', { rcode: 'NXDOMAIN', ns: [SOA.replaceAll('docker.', 'onion.')] }],
  ['docker.example A', { rcode: 'REFUSED', aa: false }],
  ['notdocker A', { rcode: 'REFUSED', aa: false }],
  ['docker AXFR', { rcode: 'REFUSED', aa: false }],
];

describe('zone', () => {
  const refused: string[] = [];
  const server = answering({ domains: DOMAINS, entries: STORE, refused });

  for (const [question, expected] of TABLE) {
    it(question, async () => {
      const [name = '', type = ''] = question.split(' ');
      const empty = { rcode: 'NOERROR', aa: true, tc: false, answer: [], ns: [], extra: [] };
      const negative = { ...empty, rcode: expected === 'NXDOMAIN' ? 'NXDOMAIN' : 'NOERROR', ns: [SOA] };
      const { ra: _ra, size: _size, ...got } = await server.ask(name, type);
      assert.deepEqual(
        sorted(got),
        sorted(typeof expected === 'string' ? negative : { ...empty, ...expected }),
      );
    });
  }

  describe('local.dns', () => {
    const entries = entriesOf({
      'docker/nodes/n1/x': { host: '10.0.0.1', port: 53, text: 'first' },
      'docker/apps/*': { host: '10.9.9.9' },
    });
    const named = answering({ domains: ['docker.', 'lab.test.'], entries, local: 'n1.nodes.docker.' });
    const lost = answering({ domains: ['docker.'], entries, local: 'n2.nodes.docker.' });
    const unnamed = answering({ domains: ['docker.'], entries });

    for (const [server, question, expected] of [
      [named, 'local.dns.docker A', 'NOERROR local.dns.docker. 300 IN A 10.0.0.1'],
      [named, 'local.dns.docker SRV', 'NOERROR local.dns.docker. 300 IN SRV 10 100 53 x.n1.nodes.docker.'],
      [named, 'local.dns.docker TXT', 'NOERROR local.dns.docker. 300 IN TXT "first"'],
      [named, 'local.dns.docker AAAA', 'NOERROR '],
      [named, 'local.dns.lab.test A', 'NOERROR local.dns.lab.test. 300 IN A 10.0.0.1'],
      [named, 'dns.docker A', 'NOERROR '],
      [named, 'ns.dns.docker A', 'NXDOMAIN '],
      [named, 'x.local.dns.docker A', 'NXDOMAIN '],
      [lost, 'local.dns.docker A', 'NXDOMAIN '],
      [unnamed, 'local.dns.docker A', 'NXDOMAIN '],
      [unnamed, 'dns.docker A', 'NXDOMAIN '],
    ] as const) {
      it(`${question}: ${expected}`, async () => {
        const [name = '', type = ''] = question.split(' ');
        const { rcode, answer } = await server.ask(name, type);
        assert.equal(`${rcode} ${answer.join()}`, expected);
      });
    }
  });

  describe('--catch-all', () => {
    const service = { port: 80, callsign: { source: 'docker' } };
    const entries = entriesOf({
      'docker/dev/redis/redis1/default/node1/aaaaaaaaaaaa': { host: '10.0.0.1', ...service },
      'docker/dev/redis/redis2/default/node1/bbbbbbbbbbbb': { host: '10.0.0.2', ...service },
      'docker/dev/redis/redis2/default/node2/cccccccccccc': { host: '10.0.0.3', ...service },
      'docker/apps/*': { host: '10.9.9.9' },
      'docker/apps/real': { host: '10.9.9.1' },
      'docker/shop/default/node1/aaaaaaaaaaaa': {
        host: '10.0.0.1',
        callsign: { source: 'docker', alias: true },
      },
      'docker/web/web1/0badc0ffee00/0': { host: '10.0.0.8', callsign: { source: 'dnsdock' } },
      'docker/away': { host: 'x.redis1.redis.dev.docker' },
    });
    const server = answering({ domains: ['docker.'], entries, catchAll: true });
    const plain = answering({ domains: ['docker.'], entries });

    for (const [name, expected] of [
      ['x.redis1.redis.dev.docker', '10.0.0.1'],
      ['some.thing.redis1.redis.dev.docker', '10.0.0.1'],
      ['x.redis2.redis.dev.docker', '10.0.0.2,10.0.0.3'],
      ['x.node2.default.redis2.redis.dev.docker', '10.0.0.2,10.0.0.3'],
      ['x.bbbbbbbbbbbb.node1.default.redis2.redis.dev.docker', '10.0.0.2,10.0.0.3'],
      ['www.shop.docker', '10.0.0.1'],
      ['www.web1.web.docker', '10.0.0.8'],
      ['www.web.docker', 'NXDOMAIN'],
      ['x.real.apps.docker', '10.9.9.1'],
      ['x.apps.docker', '10.9.9.9'],
      ['away.docker', '10.0.0.1,x.redis1.redis.dev.docker.'],
      ['redis3.redis.dev.docker', 'NXDOMAIN'],
      ['x.dev.docker', 'NXDOMAIN'],
      ['x.docker', 'NXDOMAIN'],
      ['_x._tcp.redis1.redis.dev.docker', 'NXDOMAIN'],
      ['*.redis.dev.docker', '10.0.0.1,10.0.0.2,10.0.0.3'],
      ['x.*.redis.dev.docker', 'NXDOMAIN'],
      ['x.*.docker', 'NXDOMAIN'],
    ] as const) {
      it(`answers ${name}: ${expected}`, async () => {
        const { rcode, answer } = await server.ask(name, 'A');
        const told = answer.map((line) => line.split(' ').at(-1) as string);
        assert.equal(rcode === 'NOERROR' ? told.toSorted().join() : rcode, expected);
      });
    }

    it('finds the nearest service above a name, whichever record came first', async () => {
      const mixed = entriesOf({
        'docker/dev/web/web1/default/by-hand': { host: '10.0.0.8' },
        'docker/dev/web/web1/default/node1/aaaaaaaaaaaa': { host: '10.0.0.9', ...service },
      });
      for (const each of [mixed, mixed.toReversed()]) {
        const zone = answering({ domains: ['docker.'], entries: each, catchAll: true });
        const told = await Promise.all(
          ['x.default', 'x.by-hand.default'].map((name) => zone.ask(`${name}.web1.web.dev.docker`, 'A')),
        );
        assert.deepEqual(
          told.map(({ answer }) => answer.map((line) => line.split(' ').at(-1)).toSorted()),
          [['10.0.0.8', '10.0.0.9'], ['10.0.0.8']],
        );
      }
    });

    it('answers a name that nothing stood right of once a service comes that does', async () => {
      const mine = answering({
        domains: ['docker.'],
        entries: entriesOf({ 'docker/web/default/node1/by-hand/x': { host: '10.0.0.8' } }),
        catchAll: true,
      });
      assert.equal((await mine.ask('x.default.web.docker', 'A')).rcode, 'NXDOMAIN');
      const entry = { host: '10.0.0.9', ...service };
      const changes = entriesOf({ 'docker/web/eu/node1/aaaaaaaaaaaa': entry }).map(
        (put) => ({ kind: 'put', entry: put }) as const,
      );
      mine.apply({ revision: 2, changes });
      assert.equal((await mine.ask('x.default.web.docker', 'A')).answer.length, 2);
    });

    it('is for those who ask for it', async () => {
      assert.equal((await plain.ask('x.redis1.redis.dev.docker', 'A')).rcode, 'NXDOMAIN');
    });

    it('forgets what it has answered once the service is gone, and when a name like that comes', async () => {
      await server.ask('x.shop.docker', 'A');
      server.apply({
        revision: 100,
        changes: entriesOf({ 'docker/shop/x': { host: '10.0.0.7' } }).map((entry) => ({
          kind: 'put',
          entry,
        })),
      });
      assert.deepEqual((await server.ask('x.shop.docker', 'A')).answer, ['x.shop.docker. 300 IN A 10.0.0.7']);
      const gone = ['docker/shop/x', 'docker/shop/default/node1/aaaaaaaaaaaa'];
      server.apply({ revision: 101, changes: gone.map((key) => ({ kind: 'delete', key })) });
      assert.equal((await server.ask('x.shop.docker', 'A')).rcode, 'NXDOMAIN');
    });
  });

  describe('zones inside zones', () => {
    const entries = entriesOf({
      'docker/dns/ns/a': { host: '10.0.0.53' },
      'docker/web': { host: '10.0.0.1' },
      'docker/dev/web': { host: '10.0.0.2' },
      'docker/dev/dns/ns/b': { host: '10.0.0.54' },
      'arpa/in-addr/10/7/7/7': { host: 'web.dev.docker' },
      'arpa/in-addr/10': { text: 'ours' },
    });
    const domains = ['docker.', 'dev.docker.', '10.in-addr.arpa.', '53.0.0.10.in-addr.arpa.'];
    const server = answering({ domains, entries });
    const soa = (zone: string) => `${zone} 30 IN SOA ns.dns.${zone} hostmaster.${zone} 1 7200 1800 86400 30`;

    for (const [question, expected] of [
      ['web.docker A', 'NOERROR web.docker. 300 IN A 10.0.0.1'],
      ['web.dev.docker A', 'NOERROR web.dev.docker. 300 IN A 10.0.0.2'],
      ['docker NS', 'NOERROR docker. 300 IN NS a.ns.dns.docker.'],
      ['dev.docker NS', 'NOERROR dev.docker. 300 IN NS b.ns.dns.dev.docker.'],
      ['dev.docker SOA', `NOERROR ${soa('dev.docker.')}`],
      ['x.docker A', `NXDOMAIN ${soa('docker.')}`],
      ['x.dev.docker A', `NXDOMAIN ${soa('dev.docker.')}`],
      ['web.dev.docker AAAA', `NOERROR ${soa('dev.docker.')}`],
      ['10.in-addr.arpa SOA', `NOERROR ${soa('10.in-addr.arpa.')}`],
      ['10.in-addr.arpa TXT', 'NOERROR 10.in-addr.arpa. 300 IN TXT "ours"'],
      ['10.in-addr.arpa PTR', `NOERROR ${soa('10.in-addr.arpa.')}`],
      ['53.0.0.10.in-addr.arpa SOA', `NOERROR ${soa('53.0.0.10.in-addr.arpa.')}`],
      [
        '53.0.0.10.in-addr.arpa NS',
        'NOERROR 53.0.0.10.in-addr.arpa. 300 IN NS ns.dns.53.0.0.10.in-addr.arpa.',
      ],
      ['53.0.0.10.in-addr.arpa PTR', 'NOERROR 53.0.0.10.in-addr.arpa. 300 IN PTR a.ns.dns.docker.'],
      ['7.7.7.10.in-addr.arpa PTR', 'NOERROR 7.7.7.10.in-addr.arpa. 300 IN PTR web.dev.docker.'],
      ['2.0.0.10.in-addr.arpa PTR', 'NOERROR 2.0.0.10.in-addr.arpa. 300 IN PTR web.dev.docker.'],
      ['2.0.0.10.in-addr.arpa A', `NOERROR ${soa('10.in-addr.arpa.')}`],
      ['0.0.10.in-addr.arpa PTR', `NOERROR ${soa('10.in-addr.arpa.')}`],
      ['9.0.10.in-addr.arpa PTR', `NXDOMAIN ${soa('10.in-addr.arpa.')}`],
      ['9.0.0.10.in-addr.arpa PTR', `NXDOMAIN ${soa('10.in-addr.arpa.')}`],
      ['9.9.9.9.in-addr.arpa PTR', 'REFUSED '],
    ] as const) {
      it(`${question}: ${expected}`, async () => {
        const [name = '', type = ''] = question.split(' ');
        const { rcode, answer, ns } = await server.ask(name, type);
        assert.equal(`${rcode} ${[...answer, ...ns].join()}`, expected);
      });
    }
  });

  describe('names between our zones', () => {
    const server = answering({
      domains: ['docker.', 'a.b.c.docker.', 'y.x.8.10.in-addr.arpa.', '10.in-addr.arpa.'],
      apexes: ['db.corp.docker.'],
      entries: entriesOf({ 'docker/*': { host: '10.0.0.1' } }),
    });

    for (const [name, rcode, answers] of [
      ['c.docker', 'NOERROR', 0],
      ['b.c.docker', 'NOERROR', 0],
      ['corp.docker', 'NOERROR', 0],
      ['x.c.docker', 'NXDOMAIN', 0],
      ['x.y.corp.docker', 'NXDOMAIN', 0],
      ['d.docker', 'NOERROR', 1],
      ['x.d.docker', 'NOERROR', 1],
      ['8.10.in-addr.arpa', 'NOERROR', 0],
      ['9.10.in-addr.arpa', 'NXDOMAIN', 0],
    ] as const) {
      it(`${name}: ${rcode} with ${answers} answers, though nothing is stored there`, async () => {
        const seen = await server.ask(name, 'A');
        assert.deepEqual([seen.rcode, seen.answer.length], [rcode, answers]);
      });
    }
  });

  it('leaves out what cannot be served, and says which', () => {
    const broken = ['bad', 'long', 'range'].map((label) => `docker/broken/${label}`);
    assert.deepEqual(refused.toSorted(), ['docker/Upper', ...broken]);
  });

  it('tells the longest text that it takes', async () => {
    const { answer } = await server.ask('longest.docker', 'TXT', { transport: 'tcp' });
    assert.equal(answer.join().match(/é/g)?.length, 32_000);
  });

  it('answers from a batch as a whole, and forgets what it took back', async () => {
    const zone = answering({
      domains: ['docker.'],
      entries: entriesOf({ 'docker/a': { host: '10.0.0.1' } }),
    });
    const ask = async (name: string) =>
      (await zone.ask(name, 'A')).answer.map((line) => line.split(' ').at(-1));
    assert.deepEqual(
      [await ask('docker'), await ask('b.docker'), await ask('a.docker')],
      [['10.0.0.1'], [], ['10.0.0.1']],
    );
    const entry = { key: 'docker/b', value: '{"host":"10.0.0.2"}', revision: 2 };
    zone.apply({
      revision: 2,
      changes: [
        { kind: 'delete', key: 'docker/a' },
        { kind: 'put', entry },
      ],
    });
    assert.deepEqual(
      [await ask('docker'), await ask('b.docker'), await ask('a.docker')],
      [['10.0.0.2'], ['10.0.0.2'], []],
    );
    assert.match((await zone.ask('a.docker', 'A')).ns[0] ?? '', / 2 7200 /, 'the serial is the revision');
  });

  it('sees a change behind an alias, a wildcard and an address', async () => {
    const zone = answering({
      domains: ['docker.'],
      entries: entriesOf({
        'docker/alias': { host: 'x.apps.docker' },
        'docker/apps/*': { host: '10.0.0.1' },
      }),
    });
    const ask = async (name: string, type = 'A') =>
      (await zone.ask(name, type)).answer.map((line) => line.split(' ').at(-1));
    const put = (key: string, value: string, revision: number) =>
      zone.apply({ revision, changes: [{ kind: 'put', entry: { key, value, revision } }] });
    assert.deepEqual(await ask('alias.docker'), ['x.apps.docker.', '10.0.0.1']);
    put('docker/apps/x', '{"host":"10.0.0.2"}', 2);
    assert.deepEqual(await ask('alias.docker'), ['x.apps.docker.', '10.0.0.2']);
    assert.deepEqual(await ask('2.0.0.10.in-addr.arpa', 'PTR'), ['x.apps.docker.']);
    put('docker/apps/x', '{"host":"10.0.0.3"}', 3);
    assert.deepEqual(await ask('alias.docker'), ['x.apps.docker.', '10.0.0.3']);
    assert.equal((await zone.ask('2.0.0.10.in-addr.arpa', 'PTR')).rcode, 'REFUSED');
  });

  it('answers for the aliases of containers, wildcards too, and names their address by none of them', async () => {
    const host = '172.17.0.4';
    const record = (alias: boolean) => ({ host, callsign: { source: 'docker', ...(alias && { alias }) } });
    const zone = answering({
      domains: ['docker.'],
      entries: entriesOf({
        'docker/dev/redis/redis1/default/node1/3f2a9c0b17de': record(false),
        'docker/db/default/node1/3f2a9c0b17de': record(true),
        'docker/apps/*/default/node1/3f2a9c0b17de': record(true),
      }),
    });
    for (const name of ['db.docker', 'any-name.apps.docker', 'a.b.apps.docker'])
      assert.match(String((await zone.ask(name, 'A')).answer), /IN A 172\.17\.0\.4$/, name);
    const { answer } = await zone.ask('4.0.17.172.in-addr.arpa', 'PTR');
    assert.deepEqual(answer, ['4.0.17.172.in-addr.arpa. 300 IN PTR redis1.redis.dev.docker.']);
  });

  it('has a serial that fits into 32 bits, whatever the revision (RFC 1982)', async () => {
    const server = answering({ domains: DOMAINS, entries: [] });
    server.apply({ revision: 2 ** 32 + 5, changes: [] });
    const [soa] = (await server.ask('docker', 'SOA')).answer;
    assert.equal(soa?.split(' ')[6], '5');
  });

  it('tells one SRV record of a server with two addresses, for as long as both may be kept', async () => {
    const server = (host: string, ttl: number) => ({ host, port: 80, targetstrip: 1, ttl });
    const entries = entriesOf({
      'docker/two/v4': server('10.0.0.1', 20),
      'docker/two/v6': server('fd00::1', 60),
    });
    const { answer } = await answering({ domains: DOMAINS, entries }).ask('two.docker', 'SRV');
    assert.deepEqual(answer, ['two.docker. 20 IN SRV 10 100 80 two.docker.']);
  });

  it('tells of a server once, however many further names it has', async () => {
    const server = (host: string, alias = false) => ({
      host,
      port: 80,
      mail: true,
      callsign: { source: 'docker', alias },
    });
    const entries = entriesOf({
      'docker/web/one': server('10.0.0.1'),
      'docker/web/blue/one': server('10.0.0.1', true),
      'docker/web/green/one': server('10.0.0.1', true),
      'docker/web/two': server('10.0.0.2'),
      'docker/away/blue/three': server('10.0.0.3', true),
      'docker/away/green/three': server('10.0.0.3', true),
    });
    const { ask } = answering({ domains: DOMAINS, entries });
    const { answer, extra } = await ask('web.docker', 'SRV');
    assert.deepEqual(answer, [
      'web.docker. 300 IN SRV 10 50 80 one.web.docker.',
      'web.docker. 300 IN SRV 10 50 80 two.web.docker.',
    ]);
    assert.deepEqual(extra, ['one.web.docker. 300 IN A 10.0.0.1', 'two.web.docker. 300 IN A 10.0.0.2']);
    assert.deepEqual((await ask('green.web.docker', 'SRV')).answer, [
      'green.web.docker. 300 IN SRV 10 100 80 one.green.web.docker.',
    ]);
    assert.deepEqual((await ask('away.docker', 'SRV')).answer, [
      'away.docker. 300 IN SRV 10 100 80 three.blue.away.docker.',
    ]);
    assert.deepEqual((await ask('web.docker', 'MX')).answer, [
      'web.docker. 300 IN MX 10 one.web.docker.',
      'web.docker. 300 IN MX 10 two.web.docker.',
    ]);
  });

  it('follows ten aliases, and takes more for a circle', async () => {
    const chain = Array.from({ length: 11 }, (_, at) => [`docker/c${at + 1}`, { host: `c${at}.docker` }]);
    const entries = entriesOf({ 'docker/c0': { host: '10.0.0.1' }, ...Object.fromEntries(chain) });
    const { ask } = answering({ domains: DOMAINS, entries });
    assert.equal((await ask('c10.docker', 'A')).answer.length, 11);
    assert.equal((await ask('c11.docker', 'A')).rcode, 'SERVFAIL');
  });

  it('goes once to each of many names that all lead to each other', async () => {
    const names = Array.from({ length: 40 }, (_, at) => `n${at}`);
    const mesh = names.flatMap((from) =>
      names.filter((to) => to !== from).map((to) => [`docker/${from}/${to}`, { host: `${to}.docker` }]),
    );
    const entries = entriesOf({
      ...Object.fromEntries(mesh),
      'docker/n39/end': { host: '10.0.0.1', ttl: 7 },
    });
    const zone = answering({ domains: ['docker.'], entries });
    assert.deepEqual((await zone.ask('n0.docker', 'A')).answer, ['n0.docker. 7 IN A 10.0.0.1']);
  });

  it('sees an address come and go in a reverse zone of ours', async () => {
    const entries = entriesOf({ 'arpa/in-addr/10/0/0/1': { host: 'x.docker' } });
    const zone = answering({ domains: ['docker.', '10.in-addr.arpa.'], entries });
    const rcodes = async () => {
      const names = ['2.0.0.10.in-addr.arpa', '2.9.0.10.in-addr.arpa', '9.0.10.in-addr.arpa'];
      return Promise.all(names.map(async (name) => (await zone.ask(name, 'PTR')).rcode));
    };
    const put = (revision: number, host: string) =>
      zone.apply({
        revision,
        changes: [{ kind: 'put', entry: { key: 'docker/x', value: JSON.stringify({ host }), revision } }],
      });
    assert.deepEqual(await rcodes(), ['NXDOMAIN', 'NXDOMAIN', 'NXDOMAIN']);
    put(2, '10.0.0.2');
    assert.deepEqual(await rcodes(), ['NOERROR', 'NXDOMAIN', 'NXDOMAIN']);
    put(3, '10.0.9.2');
    assert.deepEqual(await rcodes(), ['NXDOMAIN', 'NOERROR', 'NOERROR']);
    zone.apply({ revision: 4, changes: [{ kind: 'delete', key: 'docker/x' }] });
    assert.deepEqual(await rcodes(), ['NXDOMAIN', 'NXDOMAIN', 'NXDOMAIN']);
  });

  it('keeps serving the rest when a good value is overwritten with a bad one', async () => {
    const zone = answering({
      domains: ['docker.'],
      entries: entriesOf({ 'docker/a/x': { host: '10.0.0.1' }, 'docker/a/y': { host: '10.0.0.2' } }),
    });
    zone.apply({
      revision: 3,
      changes: [{ kind: 'put', entry: { key: 'docker/a/x', value: 'garbage', revision: 3 } }],
    });
    assert.deepEqual((await zone.ask('a.docker', 'A')).answer, ['a.docker. 300 IN A 10.0.0.2']);
  });
});

function sorted(seen: object): object {
  return Object.fromEntries(
    Object.entries(seen).map(([field, value]) => [field, Array.isArray(value) ? value.toSorted() : value]),
  );
}
