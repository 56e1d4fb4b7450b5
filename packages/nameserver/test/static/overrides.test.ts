import assert from 'node:assert/strict';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { createLog, silentLog, describe as told } from '@callsign/daemon';
import {
  decodeMessage,
  encodeMessage,
  FLAG,
  HEADER,
  questionNameEnd,
  RCODE,
  type Recursor,
  type ResourceRecord,
  TYPE,
} from '@callsign/dns';
import {
  DnsCounters,
  Explainer,
  NO_OVERRIDES,
  type OverrideOptions,
  openOverrides,
  parseExcept,
  parsePreset,
  parseView,
  parseZoneFile,
  ZoneFileError,
  ZoneResponder,
} from '@callsign/nameserver';
import { ManualClock } from '../../../../test/support/clock.ts';
import { fetching } from '../../../../test/support/recursor.ts';
import { entriesOf, exchange, questionBytes, seen } from '../support/answering.ts';
import { overriding, ZoneFolder } from '../support/overriding.ts';

const STORE = entriesOf({
  'docker/web': { host: '10.0.0.1', ttl: 20 },
  'docker/away': { host: 'www.corp.example' },
  'docker/nested': { host: 'main.db.docker' },
  'docker/ring': { host: 'ring.corp.example' },
  'docker/both/a': { host: '10.0.0.7' },
  'docker/both/b': { host: 'two.corp.example' },
});

const CORP = `
$TTL 60
www    A     10.1.0.1
two    A     10.1.0.2
web    CNAME web.docker.
gone   CNAME nothing.docker.
none   CNAME nothing
ring   CNAME ring.docker.
out    CNAME www.example.net.
@      ALIAS www
store  ALIAS web.docker.
far    ALIAS www.example.net.
dark   ALIAS nowhere.example.net.
dotted ALIAS a\\.b.example.net.
points CNAME a\\.b.example.net.
empty  ALIAS nothing
to-far CNAME far
sub    NS    ns.example.net.
`;

const DB = 'main A 10.2.0.1\n';

/** People's names have dots, which mail addresses in SOA records have to escape (RFC 1035, 8). */
const OUTSIDE_SOA: ResourceRecord = {
  ...{ name: 'example.net.', ttl: 60, type: 'SOA', mname: 'ns.example.net.' },
  ...{ rname: 'first\\046last.example.net.', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
};
/** As they stand in a question: the second one has a label with a dot in it. */
const KNOWN = ['\x03www\x07example\x03net\0', '\x03a.b\x07example\x03net\0'];

/** Answers two names outside, and says of every other that it does not exist. */
const outside: Recursor = fetching(async (bytes) => {
  const { question } = decodeMessage(bytes);
  const asked = bytes.toString('latin1', HEADER, questionNameEnd(bytes));
  const known = KNOWN.includes(asked) && question.type === TYPE.A;
  const answer: ResourceRecord[] = known
    ? [
        { name: question.name, ttl: 40, type: 'CNAME', target: 'cdn.example.net.' },
        { name: 'cdn.example.net.', ttl: 50, type: 'A', address: '192.0.2.1' },
      ]
    : [];
  const rcode = question.name.endsWith('.net.') && !question.name.startsWith('nowhere') ? 0 : RCODE.NXDOMAIN;
  const rest = { authority: known ? [] : [OUTSIDE_SOA], additional: [] };
  return { message: encodeMessage({ id: 0, flags: FLAG.QR, rcode, question, answer, ...rest }) };
});

const SOA =
  /^corp\.example\. 30 IN SOA ns\.dns\.corp\.example\. hostmaster\.corp\.example\. \d+ 7200 1800 86400 30$/;

describe('overrides', () => {
  let folder: ZoneFolder;
  let corp: Pick<OverrideOptions, 'zoneFiles'>;

  before(() => {
    folder = new ZoneFolder();
    corp = {
      zoneFiles: [
        { zone: 'corp.example.', file: folder.write('corp.zone', CORP) },
        { zone: 'db.docker.', file: folder.write('db.zone', DB) },
      ],
    };
  });

  after(() => folder[Symbol.dispose]());

  for (const [question, rcode, ...expected] of [
    ['www.corp.example A', 'NOERROR', 'www.corp.example. 60 IN A 10.1.0.1'],
    ['nobody.corp.example A', 'NXDOMAIN'],
    ['main.db.docker A', 'NOERROR', 'main.db.docker. 300 IN A 10.2.0.1'],
    ['nothing.db.docker A', 'NXDOMAIN'],
    ['web.docker A', 'NOERROR', 'web.docker. 20 IN A 10.0.0.1'],
    [
      'web.corp.example A',
      'NOERROR',
      'web.corp.example. 60 IN CNAME web.docker.',
      'web.docker. 20 IN A 10.0.0.1',
    ],
    [
      'away.docker A',
      'NOERROR',
      'away.docker. 300 IN CNAME www.corp.example.',
      'www.corp.example. 60 IN A 10.1.0.1',
    ],
    [
      'nested.docker A',
      'NOERROR',
      'nested.docker. 300 IN CNAME main.db.docker.',
      'main.db.docker. 300 IN A 10.2.0.1',
    ],
    ['gone.corp.example A', 'NXDOMAIN', 'gone.corp.example. 60 IN CNAME nothing.docker.'],
    ['none.corp.example A', 'NXDOMAIN', 'none.corp.example. 60 IN CNAME nothing.corp.example.'],
    ['ring.corp.example A', 'SERVFAIL'],
    [
      'out.corp.example A',
      'NOERROR',
      'out.corp.example. 60 IN CNAME www.example.net.',
      'www.example.net. 40 IN CNAME cdn.example.net.',
      'cdn.example.net. 50 IN A 192.0.2.1',
    ],
    ['corp.example A', 'NOERROR', 'corp.example. 60 IN A 10.1.0.1'],
    ['corp.example MX', 'NOERROR'],
    ['store.corp.example A', 'NOERROR', 'store.corp.example. 20 IN A 10.0.0.1'],
    ['store.corp.example AAAA', 'NOERROR'],
    ['far.corp.example A', 'NOERROR', 'far.corp.example. 40 IN A 192.0.2.1'],
    ['far.corp.example AAAA', 'NOERROR'],
    ['dark.corp.example A', 'NOERROR'],
    ['dotted.corp.example A', 'NOERROR', 'dotted.corp.example. 40 IN A 192.0.2.1'],
    [
      'points.corp.example A',
      'NOERROR',
      'points.corp.example. 60 IN CNAME a.b.example.net.',
      'a.b.example.net. 40 IN CNAME cdn.example.net.',
      'cdn.example.net. 50 IN A 192.0.2.1',
    ],
    ['empty.corp.example A', 'NOERROR'],
    [
      'to-far.corp.example A',
      'NOERROR',
      'to-far.corp.example. 60 IN CNAME far.corp.example.',
      'far.corp.example. 40 IN A 192.0.2.1',
    ],
    ['host.sub.corp.example A', 'NXDOMAIN'],
  ] as const) {
    it(`answer ${question}`, async () => {
      const server = overriding({ overrides: corp, entries: STORE, recursor: outside });
      const [name = '', type = ''] = question.split(' ');
      const found = await server.ask(name, type, { edns: 1232 });
      assert.deepEqual([found.rcode, ...found.answer], [rcode, ...expected]);
      if (name.endsWith('corp.example') && expected.length === 0 && found.aa)
        assert.match(found.ns.join(), SOA);
    });
  }

  for (const name of ['far.corp.example', 'to-far.corp.example', 'dark.corp.example']) {
    it(`are explained as they are answered: ${name}`, async () => {
      const server = overriding({ overrides: corp, entries: STORE, recursor: outside });
      const { views } = server;
      const explainer = new Explainer({ views, zone: () => server.zone, recursor: outside });
      const asker = { client: '192.0.2.1', by: '192.0.2.1' };
      const { rcode, answer } = await explainer.explain({ name: `${name}.`, type: TYPE.A, ...asker });
      const given = await server.ask(name, 'A');
      assert.deepEqual([rcode, ...answer.map(({ record }) => record)], [given.rcode, ...given.answer]);
    });
  }

  it('follow ten aliases, and take more for a circle', async () => {
    const chain = Array.from({ length: 11 }, (_, at) => `c${at + 1} CNAME c${at}`);
    const file = folder.write('chain.zone', `c0 A 10.1.0.1\n${chain.join('\n')}\n`);
    const server = overriding({ overrides: { zoneFiles: [{ zone: 'corp.example.', file }] } });
    assert.equal((await server.ask('c10.corp.example', 'A')).answer.length, 11);
    assert.equal((await server.ask('c11.corp.example', 'A')).rcode, 'SERVFAIL');
  });

  it('exist in a zone of the store, and so do the names above them (RFC 8020)', async () => {
    const file = folder.write('db', '@ A 10.0.0.1');
    const server = overriding({ overrides: { zoneFiles: [{ zone: 'db.corp.docker.', file }] } });
    const rcodes = ['db.corp.docker', 'corp.docker', 'x.docker'].map(
      async (name) => (await server.ask(name, 'A')).rcode,
    );
    assert.deepEqual(await Promise.all(rcodes), ['NOERROR', 'NOERROR', 'NXDOMAIN']);
  });

  it('have the names above what others answer for inside them (RFC 8020)', async () => {
    const domains = ['docker.', 'apps.eu.corp.example.'];
    const inside = { excepts: [parseExcept('open.us.corp.example')] };
    const server = overriding({ overrides: { ...corp, ...inside }, domains });
    for (const [name, rcode] of [
      ['eu.corp.example', 'NOERROR'],
      ['us.corp.example', 'NOERROR'],
      ['x.eu.corp.example', 'NXDOMAIN'],
      ['s.corp.example', 'NXDOMAIN'],
    ] as const) {
      const told = await server.ask(name, 'A');
      assert.deepEqual([told.rcode, told.answer, told.ns.length], [rcode, [], 1], name);
    }
  });

  it('change with the store behind them', async () => {
    const server = overriding({ overrides: corp, entries: STORE });
    for (const name of ['web.corp.example', 'store.corp.example']) await server.ask(name, 'A');
    const entry = { key: 'docker/web', value: '{"host":"10.0.0.99"}', revision: 2 };
    server.apply({ revision: 2, changes: [{ kind: 'put', entry }] });
    for (const name of ['web.corp.example', 'store.corp.example']) {
      assert.match((await server.ask(name, 'A')).answer.at(-1) ?? '', /10\.0\.0\.99$/);
    }
  });

  it('have their own serial, whatever the store does', async () => {
    const file = folder.write('soa.zone', '@ 60 SOA a b 2024010101 1 1 1 60');
    const server = overriding({ overrides: { zoneFiles: [{ zone: 'corp.example.', file }] } });
    server.apply({ revision: 99, changes: [] });
    const soa = ['corp.example. 60 IN SOA a.corp.example. b.corp.example. 2024010101 1 1 1 60'];
    assert.deepEqual((await server.ask('corp.example', 'SOA')).answer, soa);
    assert.deepEqual((await server.ask('nobody.corp.example', 'A')).ns, soa);
    assert.match((await server.ask('docker', 'SOA')).answer.join(), / 99 7200 /);
  });

  it('answer before the store has been read, but for what is in it', async () => {
    const reading = { ttl: 300, negativeTtl: 30, log: silentLog, clock: new ManualClock() };
    const { views } = openOverrides({ ...NO_OVERRIDES, ...corp }, ['docker.'], reading);
    const unread = new ZoneResponder({
      log: silentLog,
      counters: new DnsCounters(),
      domains: ['docker.'],
      views,
    });
    for (const [name, expected] of [
      ['www.corp.example', 'NOERROR'],
      ['nobody.corp.example', 'NXDOMAIN'],
      ['main.db.docker', 'NOERROR'],
      ['web.docker', 'SERVFAIL'],
      ['web.corp.example', 'SERVFAIL'],
      ['www.example.net', 'REFUSED'],
    ] as const) {
      const { rcode } = seen(await exchange(unread, questionBytes(name, 'A'), 'udp'));
      assert.equal(rcode, expected, name);
    }
  });

  it('answer ANY with as little as is allowed (RFC 8482)', async () => {
    const server = overriding({ overrides: corp });
    const { answer } = await server.ask('www.corp.example', 'ANY');
    assert.deepEqual(answer, ['www.corp.example. 60 IN HINFO "RFC8482" ""']);
  });

  describe('views', () => {
    const FROM = {
      office: '192.168.1.5',
      lab: '192.168.7.5',
      v6: 'fd00::5',
      mapped: '::ffff:192.168.7.9',
      far: '8.8.8.8',
    };

    for (const [from, name, expected] of [
      ['office', 'www.corp.example', ['10.3.0.1']],
      ['lab', 'www.corp.example', ['10.1.0.1']],
      ['v6', 'www.corp.example', ['10.3.0.1']],
      ['far', 'www.corp.example', ['10.1.0.1']],
      ['office', 'two.corp.example', []],
      ['lab', 'x.run.app', ['10.9.9.9']],
      ['mapped', 'x.run.app', ['10.9.9.9']],
      ['office', 'x.run.app', ['199.36.153.4', '199.36.153.5', '199.36.153.6', '199.36.153.7']],
      ['office', 'open.gcr.io', 'upstream'],
      ['office', 'a.open.gcr.io', 'upstream'],
      ['far', 'open.gcr.io', ['199.36.153.4', '199.36.153.5', '199.36.153.6', '199.36.153.7']],
      ['office', 'x.pkg.dev', 'upstream'],
    ] as const) {
      it(`answer ${FROM[from]} (${from}) for ${name}`, async () => {
        const office = folder.write('office.zone', 'www A 10.3.0.1');
        const overrides = {
          views: [parseView('office=192.168.0.0/16+fd00::/8'), parseView('lab=192.168.7.0/24')],
          zoneFiles: [...corp.zoneFiles, { zone: 'corp.example.', file: office, view: 'office' }],
          googleApis: [parsePreset('restricted'), parsePreset('psc:10.9.9.9@lab')],
          excepts: [parseExcept('open.gcr.io@office'), parseExcept('pkg.dev@office')],
        };
        const server = overriding({ overrides });
        for (let time = 0; time < 2; time += 1) {
          const { rcode, answer } = await server.ask(name, 'A', { from: FROM[from] });
          const found = answer.map((record) => record.split(' ').at(-1)).toSorted();
          // Nothing is forwarded here.
          assert.deepEqual(rcode === 'REFUSED' ? 'upstream' : found, expected);
        }
      });
    }
  });

  describe('presets', () => {
    const PRIVATE = ['199.36.153.10', '199.36.153.11', '199.36.153.8', '199.36.153.9'];
    const RESTRICTED = ['199.36.153.4', '199.36.153.5', '199.36.153.6', '199.36.153.7'];
    const NAMES = [
      ...[
        'run.app',
        'svc-1a2b-ew.a.run.app',
        'svc-123.europe-west1.run.app',
        'googleapis.com',
        'storage.googleapis.com',
      ],
      ...['eu.gcr.io', 'gcr.io', 'europe-docker.pkg.dev', 'pkg.dev', 'SVC.A.Run.App'],
    ];

    for (const [preset, type, expected] of [
      ['private', 'A', PRIVATE],
      ['private', 'AAAA', []],
      ['private', 'HTTPS', []],
      ['restricted', 'A', RESTRICTED],
      ['restricted', 'AAAA', []],
      ['psc:10.128.0.5', 'A', ['10.128.0.5']],
      ['psc:10.128.0.5', 'AAAA', []],
      ['psc:fd20::5', 'AAAA', ['fd20::5']],
      ['psc:fd20::5', 'A', []],
    ] as const) {
      it(`${preset} has ${expected.join(' ') || 'nothing'} for ${type}`, async () => {
        const server = overriding({ overrides: { googleApis: [parsePreset(preset)] } });
        for (const name of NAMES) {
          const { rcode, aa, answer, ns } = await server.ask(name, type === 'HTTPS' ? 'UNKNOWN_65' : type);
          const found = answer.map((record) => record.split(' ').at(-1)).toSorted();
          assert.deepEqual([rcode, aa, found], ['NOERROR', true, expected]);
          assert.equal(ns.length, expected.length === 0 ? 1 : 0);
        }
      });
    }

    it('leave the names beside them alone', async () => {
      const server = overriding({ overrides: { googleApis: [parsePreset('private')] } });
      for (const name of ['app', 'xrun.app', 'google.com', 'com']) {
        assert.equal((await server.ask(name, 'A')).rcode, 'REFUSED');
      }
    });
  });

  describe('files', () => {
    /** Long enough for a change to be seen, and seen again unchanged. */
    const SETTLED = 1_500;

    async function reloading(text: string) {
      const own = new ZoneFolder();
      const file = own.write('zone', text);
      const clock = new ManualClock();
      const lines: string[] = [];
      const log = createLog({ level: 'info', format: 'json', write: (line) => lines.push(line), clock });
      const server = overriding({ overrides: { zoneFiles: [{ zone: 'corp.example.', file }] }, log, clock });
      await server.files.start();
      const address = async () => (await server.ask('www.corp.example', 'A')).answer[0]?.split(' ').at(-1);
      const end = async () => {
        const closed = server.files.close();
        await clock.advance(SETTLED);
        await closed;
        own[Symbol.dispose]();
      };
      return { own, file, clock, lines, server, address, [Symbol.asyncDispose]: end };
    }

    it('are read again when another is put in their place', async () => {
      await using zone = await reloading('www A 10.0.0.1');
      assert.equal(await zone.address(), '10.0.0.1');
      renameSync(zone.own.write('zone.new', 'www A 10.0.0.2'), zone.file);
      assert.equal(await zone.address(), '10.0.0.1');
      await zone.clock.advance(SETTLED);
      assert.equal(await zone.address(), '10.0.0.2');
      assert.match(zone.lines.join(), /a zone file is read anew/);
    });

    it('are not read while they are being written', async () => {
      await using zone = await reloading('www A 10.0.0.1');
      for (let size = 1; size < 5; size += 1) {
        zone.own.write('zone', `www A 10.0.0.2\n${'a A 10.0.0.3\n'.repeat(size)}`);
        await zone.clock.advance(500);
        assert.equal(await zone.address(), '10.0.0.1');
      }
      await zone.clock.advance(SETTLED);
      assert.equal(await zone.address(), '10.0.0.2');
    });

    for (const [state, spoil, reason] of [
      [
        'does not parse',
        ({ own }) => own.write('zone', 'a A 10.0.0.1\nwww A 10.0.0'),
        /line 2: \\"10\.0\.0\\" is no IPv4/,
      ],
      ['is empty', ({ own }) => own.write('zone', ''), /line 1: there is no record in this file/],
      ['is cut', ({ own }) => own.write('zone', 'a MX 1 b\n@ SOA a b (\n 1'), /line 2: the parenthesis/],
      ['is gone', ({ file }) => rmSync(file), /cannot be read: ENOENT/],
      [
        'is a link to itself',
        ({ file }) => {
          rmSync(file);
          symlinkSync(file, file);
        },
        /cannot be read: ELOOP/,
      ],
      [
        'has texts that no message can carry',
        ({ own }) => own.write('zone', `a TXT x\na TXT ${`${'y'.repeat(255)} `.repeat(256)}`),
        /line 2: the texts of one record are longer than 65000 bytes/,
      ],
    ] as readonly (readonly [string, (zone: { own: ZoneFolder; file: string }) => unknown, RegExp])[]) {
      it(`keep what they had when the new one ${state}`, async () => {
        await using zone = await reloading('www A 10.0.0.1');
        spoil(zone);
        await zone.clock.advance(SETTLED * 3);
        assert.equal(await zone.address(), '10.0.0.1');
        assert.equal(zone.server.files.refused, 1);
        const warnings = zone.lines.filter((line) => line.includes('"warn"'));
        assert.equal(warnings.length, 1, 'said once');
        assert.match(warnings[0] ?? '', reason);
        renameSync(zone.own.write('zone.good', 'www A 10.0.0.3'), zone.file);
        await zone.clock.advance(SETTLED);
        assert.deepEqual([await zone.address(), zone.server.files.refused], ['10.0.0.3', 0]);
      });
    }

    it('are refused at the start, all that is wrong at once', () => {
      const bad = folder.write('bad', `a A 1\n\n${'b A x\n'.repeat(30)}`);
      const zoneFiles = [
        { zone: 'a.', file: bad },
        { zone: 'b.', file: '/nowhere/b.zone' },
      ];
      assert.throws(
        () => overriding({ overrides: { zoneFiles } }),
        (error: unknown) => {
          assert.ok(error instanceof ZoneFileError);
          assert.equal(error.problems[0], `${bad}: line 1: "1" is no IPv4 address`);
          assert.equal(error.problems[1], `${bad}: line 3: "x" is no IPv4 address`);
          assert.deepEqual(error.problems.slice(20, 21), [`${bad}: and 11 more`]);
          assert.match(error.problems[21] ?? '', /^\/nowhere\/b\.zone: cannot be read: ENOENT/);
          return true;
        },
      );
    });
  });

  describe('options', () => {
    const file = parseZoneFile('corp.example=/none');

    for (const [overrides, problem] of [
      [
        { googleApis: [parsePreset('private@lab')] },
        '--google-apis private@lab: there is no view "lab": add --view lab=CIDR',
      ],
      [{ zoneFiles: [parseZoneFile('docker=/none')] }, 'docker. is a --domain: leave one of the two out'],
      [{ zoneFiles: [file, file] }, 'corp.example. is given twice to the same clients: leave one out'],
      [
        { zoneFiles: [parseZoneFile('run.app=/none')], googleApis: [parsePreset('private')] },
        '--google-apis private: run.app. is given twice to the same clients: leave one out',
      ],
      [
        { excepts: [parseExcept('x.docker')] },
        '--except x.docker.: x.docker. is below no zone of --zone-file or --google-apis for these clients',
      ],
      [{ zoneFiles: [file], excepts: [parseExcept('corp.example')] }, 'corp.example. is below no zone'],
      [
        { views: [parseView('a=10.0.0.0/8'), parseView('b=10.9.9.9/8')] },
        '--view b: has a network that the view a has, too',
      ],
    ] as const) {
      it(`refuse ${JSON.stringify(problem.slice(0, 50))}`, () => {
        assert.throws(
          () => overriding({ overrides }),
          (error) => told(error).includes(problem),
        );
      });
    }

    for (const [parse, text, reason] of [
      [parseZoneFile, 'corp.example', /is not ZONE=FILE/],
      [parseZoneFile, '=x', /is not ZONE=FILE/],
      [parseZoneFile, 'a..b=x', /has an empty label/],
      [parsePreset, 'public', /is none of private, restricted, psc:IP/],
      [parsePreset, 'psc:10.0.0', /is none of private, restricted, psc:IP/],
      [parsePreset, 'constructor', /is none of private, restricted, psc:IP/],
      [parseView, 'lab', /is not NAME=CIDR/],
      [parseView, 'lab=10.0.0.0/33', /is no network/],
      [parseExcept, 'a..b', /has an empty label/],
    ] as const) {
      it(`refuse ${text}`, () => assert.throws(() => parse(text), reason));
    }

    it('may have "=" and "@" in a file\'s folder', () => {
      assert.deepEqual(parseZoneFile('a=/b=c/d@e/f@lab'), { zone: 'a.', file: '/b=c/d@e/f', view: 'lab' });
    });
  });
});
