import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { keptApart, logAxis, tickText } from '../bench/plots/axis.ts';
import { draw } from '../bench/plots/draw.ts';
import { fitPower } from '../bench/plots/fit.ts';
import { PLOTS, plotOf } from '../bench/plots/plots.ts';
import { type Kept, readKept } from '../bench/support/kept.ts';

/** Characters that there is room for beside a plot. */
const ROOM = 30;

describe('the plots of the measurements', () => {
  it('find the power that points lie on', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        (exponent, factor) => {
          const points = [1, 10, 500, 1e6].map((x) => ({ x, y: factor * x ** exponent }));
          const found = fitPower(points);
          assert.ok(Math.abs(found.exponent - exponent) < 1e-9);
          assert.ok(Math.abs(found.factor / factor - 1) < 1e-9);
        },
      ),
    );
  });

  it('find the middle way between points that lie on no line', () => {
    const { exponent } = fitPower([
      { x: 1, y: 1 },
      { x: 10, y: 100 },
      { x: 100, y: 100 },
    ]);
    assert.ok(Math.abs(exponent - 1) < 1e-9);
  });

  it('have axes of whole decades, on which equal ratios are equal ways', () => {
    const { ticks, at } = logAxis([3, 4_000], 100, 500);
    assert.deepEqual(ticks, [1, 10, 100, 1_000, 10_000]);
    assert.deepEqual([1, 10, 100, 10_000].map(at), [100, 200, 300, 500]);
  });

  it('give one decade to values that are all the same', () => {
    assert.deepEqual(logAxis([100], 0, 1).ticks, [100, 1_000]);
  });

  it('write powers of ten as people read them', () => {
    const texts = [0.01, 0.1, 1, 100, 1e3, 1e5, 1e6].map(tickText);
    assert.deepEqual(texts, ['0.01', '0.1', '1', '100', '1k', '100k', '1M']);
  });

  it('keep what stands beside the lines apart, in their order', () => {
    assert.deepEqual(keptApart([50, 10, 55], 18), [50, 10, 68]);
    assert.deepEqual(keptApart([10, 10, 10], 18), [10, 28, 46]);
  });

  it('make a line of the rows that have one name', () => {
    const [plan] = PLOTS;
    assert.ok(plan);
    const row = (shape: string, records: number) => ({ shape, records, [plan.y.column]: records / 10 });
    assert.deepEqual(plotOf(plan, [row('a', 10), row('b', 10), row('a', 100)]).lines, [
      {
        name: 'a',
        points: [
          { x: 10, y: 1 },
          { x: 100, y: 10 },
        ],
      },
      { name: 'b', points: [{ x: 10, y: 1 }] },
    ]);
  });

  it('say of each line what it is and how it grows', () => {
    const points = [1, 10].map((n) => ({ x: n, y: n }));
    const svg = draw({ title: 'a < b', x: 'records', y: 'seconds', lines: [{ name: 'flat', points }] });
    for (const text of ['<title>a &lt; b</title>', '>flat ~ n^1.00<', '>records<', '>seconds<']) {
      assert.ok(svg.includes(text), text);
    }
  });

  for (const plan of PLOTS) {
    const drawn = readFileSync(new URL(`../docs/plots/${plan.file}.svg`, import.meta.url), 'utf8');

    it(`${plan.file}.svg has room for what its lines are called`, () => {
      const names = [...drawn.matchAll(/class="c\d">([^<]*)</g)].map(([, name = '']) => name);
      assert.ok(names.length > 0);
      for (const name of names) assert.ok(name.length <= ROOM, name);
    });

    it(`${plan.file}.svg is what ${plan.from}.json gives`, () => {
      const kept: Kept = readKept(plan.from);
      assert.equal(drawn, draw(plotOf(plan, kept.rows)), 'npm run bench -- plots');
    });
  }
});
