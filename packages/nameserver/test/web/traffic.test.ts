import assert from 'node:assert/strict';
import { linesOf, sharesOf } from '../../src/web/model/chart.ts';
import { nodesOf } from '../../src/web/model/nodes.ts';
import { spanOf } from '../../src/web/model/span.ts';
import { KEPT, prolonged, type Sample } from '../../src/web/model/traffic.ts';
import { counted, duration, milliseconds, percent, rate } from '../../src/web/model/words.ts';
import { entry } from './services.ts';

describe('the dashboard: traffic', () => {
  const known = [at(2), at(4)];

  for (const [title, more, ends] of [
    ['nothing new', [], [2, 4]],
    ['what is new', [at(6), at(8)], [2, 4, 6, 8]],
    ['what is known already', [at(2), at(4), at(6)], [2, 4, 6]],
  ] as const) {
    it(`has ${title} behind what was known`, () => {
      assert.deepEqual(
        prolonged(known, more).map((sample) => sample.at),
        ends,
      );
    });
  }

  it('keeps as much as a chart has room for', () => {
    const many = Array.from({ length: KEPT }, (_, index) => at(index + 5));
    assert.equal(prolonged(known, many)[0]?.at, 5);
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
    [milliseconds(0.0432), '43 µs'],
    [milliseconds(0.432), '0.43 ms'],
    [milliseconds(4.26), '4.3 ms'],
    [milliseconds(42.6), '43 ms'],
    [milliseconds(1_260), '1.3 s'],
    [percent(0.756), '76 %'],
  ] as const) {
    it(`say ${wanted}`, () => assert.equal(said, wanted));
  }
});

function at(end: number): Sample {
  return { at: end, queriesPerSecond: 0, outcomes: {} };
}
