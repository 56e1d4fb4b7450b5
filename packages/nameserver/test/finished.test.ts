import assert from 'node:assert/strict';
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
});
