import assert from 'node:assert/strict';
import type { Change } from '@callsign/catalog';
import { answering, entriesOf } from './support/answering.ts';

/** A service with so many instances, one address each. */
function many(count: number, message: object = {}) {
  const keys = Array.from({ length: count }, (_, at) => `docker/many/i${String(at).padStart(5, '0')}`);
  return entriesOf(
    Object.fromEntries(
      keys.map((key, at) => [key, { host: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`, ...message }]),
    ),
  );
}

interface ChangeElsewhere {
  readonly what: string;
  readonly name: string;
  readonly type: string;
  readonly entries: Readonly<Record<string, object>>;
  /** By key: what is put there; undefined: what was there is deleted. */
  readonly change: Readonly<Record<string, object | undefined>>;
}

/** Changes that are neither at a name nor below it, and change its answer all the same. */
const CHANGES_ELSEWHERE: readonly ChangeElsewhere[] = [
  {
    what: 'a target above the name loses an address',
    name: 'v4.web.docker',
    type: 'SRV',
    entries: {
      'docker/web/v4': { host: '10.0.0.1', port: 80, targetstrip: 1 },
      'docker/web/v6': { host: 'fd00::1', port: 80, targetstrip: 1 },
    },
    change: { 'docker/web/v6': undefined },
  },
  {
    what: 'a host behind a mail exchanger has another address',
    name: 'mail.docker',
    type: 'MX',
    entries: {
      'docker/mail': { host: '10.0.0.1', mail: true },
      'docker/mail/second': { host: 'far.other' },
      'other/far': { host: '10.0.0.2' },
    },
    change: { 'other/far': { host: '10.0.0.3' } },
  },
  {
    what: 'a host behind a name server has another address',
    name: 'docker',
    type: 'NS',
    entries: {
      'docker/dns/ns/a': { host: '10.0.0.1' },
      'docker/dns/ns/a/second': { host: 'far.other' },
      'other/far': { host: '10.0.0.2' },
    },
    change: { 'other/far': { host: '10.0.0.3' } },
  },
  {
    what: 'a service declares a name beside stored ones',
    name: '_http._tcp.web.docker',
    type: 'SRV',
    entries: { 'docker/web/_tcp/_other': { host: '10.0.0.1', port: 80 } },
    change: { 'docker/web/one': { host: '10.0.0.2', port: 80, callsign: { portname: 'http' } } },
  },
  {
    what: 'a service declares a name that a wildcard has answered for',
    name: '_http._tcp.web.docker',
    type: 'SRV',
    entries: { 'docker/web/_tcp/*': { host: '10.0.0.1', port: 80 } },
    change: { 'docker/web/one': { host: '10.0.0.2', port: 80, callsign: { portname: 'http' } } },
  },
  {
    what: 'a name that only had others below it becomes that of an address',
    name: '1.0.0.10.in-addr.arpa',
    type: 'PTR',
    entries: { 'arpa/in-addr/10/0/0/1/sub': { text: 'below' } },
    change: { 'docker/web': { host: '10.0.0.1' } },
  },
];

const address = (line: string) => line.split(' ').at(-1);

describe('finished answers', () => {
  it('echo the question as it was asked', async () => {
    const server = answering({ domains: ['docker.'], entries: many(1) });
    assert.deepEqual((await server.ask('MaNy.dOcKeR', 'A')).answer, ['MaNy.dOcKeR. 300 IN A 10.0.0.0']);
    assert.deepEqual((await server.ask('many.docker', 'A')).answer, ['many.docker. 300 IN A 10.0.0.0']);
  });

  it('begin with another record each time', async () => {
    const server = answering({ domains: ['docker.'], entries: many(3) });
    const firsts: (string | undefined)[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      const { answer } = await server.ask('many.docker', 'A');
      assert.equal(new Set(answer).size, 3);
      firsts.push(address(answer[0] ?? ''));
    }
    assert.deepEqual(firsts, ['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.0', '10.0.0.1', '10.0.0.2']);
  });

  it('turn SRV records and keep their glue whole', async () => {
    const server = answering({ domains: ['docker.'], entries: many(3, { port: 80 }) });
    for (let turn = 0; turn < 3; turn += 1) {
      const { answer, extra } = await server.ask('many.docker', 'SRV');
      assert.match(answer[0] ?? '', new RegExp(`i0000${turn}\\.many\\.docker\\.$`));
      assert.equal(new Set(extra).size, 3);
    }
  });

  for (const { records, edns, transport, tc, least, most } of [
    { records: 28, transport: 'udp', tc: false, least: 28, most: 512 },
    { records: 40, transport: 'udp', tc: true, least: 20, most: 512 },
    { records: 40, edns: 1232, transport: 'udp', tc: false, least: 40, most: 1232 },
    { records: 100, edns: 65_535, transport: 'udp', tc: true, least: 60, most: 1232 },
    { records: 100, edns: 100, transport: 'udp', tc: true, least: 20, most: 512 },
    { records: 100, transport: 'tcp', tc: false, least: 100, most: 65_535 },
    { records: 5_000, transport: 'tcp', tc: false, least: 4_000, most: 65_535 },
  ] as const) {
    const offer = edns === undefined ? 'without EDNS' : `with EDNS ${edns}`;
    it(`give ${records} addresses over ${transport} ${offer} as far as they fit`, async () => {
      const server = answering({ domains: ['docker.'], entries: many(records) });
      const seen = await server.ask('many.docker', 'A', { transport, ...(edns !== undefined && { edns }) });
      assert.equal(seen.tc, tc);
      assert.ok(
        seen.answer.length >= least && seen.size <= most,
        `${seen.answer.length} records in ${seen.size} bytes`,
      );
    });
  }

  it('give every address its turn when not all fit', async () => {
    const server = answering({ domains: ['docker.'], entries: many(100) });
    const given = new Set<string>();
    for (let turn = 0; turn < 100; turn += 1)
      for (const line of (await server.ask('many.docker', 'A')).answer) given.add(line);
    assert.equal(given.size, 100);
  });

  it('are samples where there are more addresses than fit, until each address had its turn', async () => {
    const server = answering({ domains: ['docker.'], entries: many(1_000) });
    const given = new Set<string>();
    for (let turn = 0; turn < 1_300; turn += 1) {
      const { tc, answer } = await server.ask('many.docker', 'A');
      assert.ok(tc && answer.length > 20);
      for (const line of answer) given.add(line);
    }
    assert.equal(given.size, 1_000);
  });

  it('are whole over a stream, also where a datagram got a sample', async () => {
    const server = answering({ domains: ['docker.'], entries: many(1_000) });
    for (let turn = 0; turn < 2; turn += 1) {
      assert.equal((await server.ask('many.docker', 'A')).tc, true);
      assert.equal((await server.ask('many.docker', 'A', { transport: 'tcp' })).answer.length, 1_000);
    }
  });

  it('are no samples of what one name or group decides', async () => {
    const entries = [
      ...many(1_000),
      { key: 'docker/many/alias', value: '{"host":"web.example.org"}', revision: 1 },
      ...many(1_000, { group: 'b' }).map((entry) => ({
        ...entry,
        key: entry.key.replace('many', 'grouped'),
      })),
      { key: 'docker/grouped/first', value: '{"host":"10.9.9.9","group":"a"}', revision: 1 },
      { key: 'docker/grouped', value: '{"host":"10.9.9.8","group":"a"}', revision: 1 },
    ];
    const server = answering({ domains: ['docker.'], entries });
    assert.deepEqual((await server.ask('grouped.docker', 'A')).answer.map(address).toSorted(), [
      '10.9.9.8',
      '10.9.9.9',
    ]);
    assert.equal((await server.ask('many.docker', 'A', { transport: 'tcp' })).answer.length, 1_000);
  });

  it('know without a look that there is no address of a family', async () => {
    const server = answering({ domains: ['docker.'], entries: many(1_000) });
    const { rcode, answer, ns } = await server.ask('many.docker', 'AAAA');
    assert.deepEqual([rcode, answer.length, ns.length], ['NOERROR', 0, 1]);
  });

  it('leave glue out by whole RRsets, without TC', async () => {
    const server = answering({ domains: ['docker.'], entries: many(8, { port: 80 }) });
    const { tc, answer, extra, size } = await server.ask('many.docker', 'SRV');
    assert.deepEqual([tc, answer.length], [false, 8]);
    assert.ok(extra.length < 8 && size <= 512);
  });

  it('are kept until something below them changes, and no longer', async () => {
    const server = answering({
      domains: ['docker.'],
      entries: entriesOf({ 'docker/a/x': { host: '10.0.0.1' }, 'docker/b/x': { host: '10.0.0.2' } }),
    });
    await server.ask('a.docker', 'A');
    await server.ask('b.docker', 'A');
    assert.equal(server.responder.finishedAnswers, 2);
    server.apply({
      revision: 3,
      changes: [{ kind: 'put', entry: { key: 'docker/b/y', value: '{"host":"10.0.0.3"}', revision: 3 } }],
    });
    assert.equal((await server.ask('a.docker', 'A')).answer.length, 1);
    assert.equal((await server.ask('b.docker', 'A')).answer.length, 2);
  });

  for (const { what, name, type, entries, change } of CHANGES_ELSEWHERE) {
    it(`are not kept when ${what}`, async () => {
      const changed = entriesOf(
        Object.fromEntries(Object.entries({ ...entries, ...change }).filter(isThere)),
      );
      const server = answering({ domains: DOMAINS, entries: entriesOf(entries) });
      const before = await server.ask(name, type);
      server.apply({ revision: 1, changes: Object.entries(change).map(changeOf) });
      const after = await server.ask(name, type);
      assert.notDeepEqual(after, before);
      assert.deepEqual(after, await answering({ domains: DOMAINS, entries: changed }).ask(name, type));
    });
  }
});

const DOMAINS = ['docker.', 'other.', '10.in-addr.arpa.'];

function isThere(put: [string, object | undefined]): put is [string, object] {
  return put[1] !== undefined;
}

function changeOf([key, message]: [string, object | undefined]): Change {
  if (message === undefined) return { kind: 'delete', key };
  return { kind: 'put', entry: { key, value: JSON.stringify(message), revision: 1 } };
}
