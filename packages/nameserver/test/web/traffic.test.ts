import assert from 'node:assert/strict';
import { linesOf, sharesOf } from '../../src/web/model/chart.ts';
import { nodesOf } from '../../src/web/model/nodes.ts';
import type { Status } from '../../src/web/model/service.ts';
import { spanOf } from '../../src/web/model/span.ts';
import { KEPT, QUIET, sampled } from '../../src/web/model/traffic.ts';
import { counted, duration, percent, rate } from '../../src/web/model/words.ts';
import { entry } from './services.ts';

describe('the dashboard: traffic', () => {
  const begun = sampled(QUIET, statusOf({ queries: 100, hits: 0, misses: 10, uptime: 60 }), 0);

  it('says nothing before there are two statuses', () => assert.deepEqual(begun.samples, []));

  it('is what has risen between two of them, by the second', () => {
    const after = sampled(begun, statusOf({ queries: 300, hits: 3, misses: 11, uptime: 62 }), 2_000);
    assert.deepEqual(after.samples, [{ queriesPerSecond: 100, outcomes: { NOERROR: 100 }, cacheHits: 0.75 }]);
  });

  it('has no share of the cache where nobody asked', () => {
    const after = sampled(begun, statusOf({ queries: 100, hits: 0, misses: 10, uptime: 62 }), 2_000);
    assert.deepEqual(after.samples, [{ queriesPerSecond: 0, outcomes: {} }]);
  });

  it('begins again with a nameserver that was started anew', () => {
    const after = sampled(begun, statusOf({ queries: 5, hits: 0, misses: 0, uptime: 1 }), 2_000);
    assert.deepEqual(after.samples, []);
    assert.equal(after.last?.status.queries.total, 5);
  });

  it('keeps as much as a chart has room for', () => {
    let traffic = begun;
    for (let at = 1; at < KEPT + 10; at += 1)
      traffic = sampled(
        traffic,
        statusOf({ queries: 100 + at, hits: 0, misses: 10, uptime: 60 + at }),
        at * 1_000,
      );
    assert.equal(traffic.samples.length, KEPT);
  });
});

describe('the dashboard: charts', () => {
  const size = { width: 100, height: 10, room: 5 };
  for (const [values, line] of [
    [[], ''],
    [[0, 0], 'M75.0 10.0L100.0 10.0'],
    [[1, 2, 4], 'M50.0 7.5L75.0 5.0L100.0 0.0'],
    [[5], 'M100.0 0.0'],
  ] as const) {
    it(`draw ${JSON.stringify(values)} from the right`, () => assert.equal(linesOf(values, size).line, line));
  }

  it('close the area below a line', () => {
    assert.equal(linesOf([1, 2], size).area, 'M75.0 5.0L100.0 0.0L100.0 10.0L75.0 10.0Z');
  });

  it('have shares that sum to one, the largest first', () => {
    assert.deepEqual(sharesOf({ SERVFAIL: 1, NOERROR: 3, REFUSED: 0 }), [
      { name: 'NOERROR', value: 3, share: 0.75 },
      { name: 'SERVFAIL', value: 1, share: 0.25 },
    ]);
  });
});

describe('the dashboard: the rows that are drawn of 10,000', () => {
  for (const [scroll, from, to] of [
    [0, 0, 32],
    [10_000, 488, 532],
    [200_000, 9_988, 10_000],
    [900_000, 10_000, 10_000],
  ] as const) {
    it(`at ${scroll} pixels are ${from} to ${to}`, () => {
      assert.deepEqual(spanOf(10_000, scroll, 400, 20), { from, to });
    });
  }
});

describe('the dashboard: nodes', () => {
  it('are what their services tell of them', () => {
    const nodes = nodesOf([
      entry('a.n2.eu.web1.web.dev.docker.', {
        revision: 7,
        leaseTtl: 30,
        callsign: { owner: 'n2', health: 'unhealthy' },
      }),
      entry('b.n2.eu.web2.web.dev.docker.', { revision: 5, leaseTtl: 30, callsign: { owner: 'n2' } }),
      entry('c.n1.us.web3.web.dev.docker.', { revision: 3 }),
      entry('printer.lab.docker.'),
    ]);
    assert.deepEqual(nodes, [
      { node: 'n1', region: 'us', services: 1, unhealthy: 0, owners: [], revision: 3 },
      { node: 'n2', region: 'eu', services: 2, unhealthy: 1, owners: ['n2'], leaseTtl: 30, revision: 7 },
    ]);
  });
});

describe('the dashboard: words', () => {
  for (const [said, wanted] of [
    [duration(0), '0 s'],
    [duration(59.9), '59 s'],
    [duration(60), '1 m'],
    [duration(7_300), '2 h'],
    [duration(200_000), '2 d'],
    [duration(-3), '0 s'],
    [counted(1, 'service'), '1 service'],
    [counted(10_000, 'service'), '10,000 services'],
    [rate(0), '0'],
    [rate(0.42), '0.4'],
    [rate(12_345.6), '12,346'],
    [percent(0.756), '76 %'],
  ] as const) {
    it(`say ${wanted}`, () => assert.equal(said, wanted));
  }
});

interface Counted {
  readonly queries: number;
  readonly hits: number;
  readonly misses: number;
  readonly uptime: number;
}

function statusOf({ queries, hits, misses, uptime }: Counted): Status {
  return {
    version: '1',
    domains: ['docker.'],
    ready: true,
    revision: 1,
    records: 1,
    ageSeconds: 1,
    store: 'memory',
    dns: [],
    http: [],
    upstreams: [],
    queries: { total: queries, byRcode: { NOERROR: queries }, byType: { A: queries } },
    forwarded: 0,
    cache: { hits, misses, bytes: 0 },
    uptimeSeconds: uptime,
  };
}
