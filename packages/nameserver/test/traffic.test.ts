import assert from 'node:assert/strict';
import { ManualClock } from '../../../test/support/clock.ts';
import { DURATION_BUCKETS } from '../src/answer/durations.ts';
import { TrafficRecorder } from '../src/traffic/recorder.ts';
import { type Reading, type Sample, sampleOf } from '../src/traffic/sample.ts';
import { running } from './support/running.ts';

const NONE = DURATION_BUCKETS.map(() => 0).concat(0);
const BEGUN: Reading = {
  at: 1_000,
  queries: 100,
  byRcode: { NOERROR: 90, NXDOMAIN: 10 },
  cache: { hits: 1, misses: 10 },
  durations: { counts: NONE, sum: 5 },
};
const QUIET: Sample = { at: 7, queriesPerSecond: 0, outcomes: {} };

describe('traffic between two readings', () => {
  for (const [title, now, sample] of [
    ['nothing', {}, {}],
    ['questions, by the second', { queries: 300 }, { queriesPerSecond: 100 }],
    [
      'outcomes, those that there were',
      { byRcode: { NOERROR: 90, NXDOMAIN: 14, SERVFAIL: 2 } },
      { outcomes: { NXDOMAIN: 2, SERVFAIL: 1 } },
    ],
    ['what the cache answered', { cache: { hits: 4, misses: 11 } }, { cacheHits: 0.75 }],
    ['a cache that was asked in vain', { cache: { hits: 1, misses: 11 } }, { cacheHits: 0 }],
    [
      'how long replies took',
      { durations: { counts: counted([0, 100]), sum: 5.5 } },
      { meanMs: 5, p99Ms: milliseconds(0) * 0.99 },
    ],
    [
      'the one reply of fifty that took long',
      { durations: { counts: counted([0, 98], [5, 2]), sum: 5.2 } },
      { meanMs: 2, p99Ms: milliseconds(4) * 1.5 },
    ],
    [
      'replies beyond all bounds',
      { durations: { counts: counted([DURATION_BUCKETS.length, 1]), sum: 25 } },
      { meanMs: 20_000, p99Ms: milliseconds(DURATION_BUCKETS.length - 1) },
    ],
  ] as const satisfies readonly (readonly [string, Partial<Reading>, Partial<Sample>])[]) {
    it(`shows ${title}`, () => {
      assert.deepEqual(
        rounded(sampleOf(BEGUN, { ...BEGUN, at: 3_000, ...now }, 7)),
        rounded({ ...QUIET, ...sample }),
      );
    });
  }
});

describe('the recorder of traffic', () => {
  it('takes a sample every two seconds, and keeps those of five minutes', async () => {
    const clock = new ManualClock();
    const read = () => ({ ...BEGUN, at: clock.monotonic(), queries: clock.monotonic() / 200 });
    const recorder = new TrafficRecorder(read, clock);
    await recorder.start();
    await clock.advance(2_000);
    assert.deepEqual(recorder.after(0), [{ ...QUIET, at: clock.now(), queriesPerSecond: 5 }]);
    const first = clock.now();
    await clock.advance(4_000);
    assert.deepEqual(
      recorder.after(first).map(({ at }) => at),
      [first + 2_000, first + 4_000],
    );
    await clock.advance(600_000);
    assert.equal(recorder.after(0).length, 150);
    await recorder.close();
  });
});

describe('/v1/traffic', () => {
  it('shows what was asked lately', async () => {
    const clock = new ManualClock();
    await using server = await running({}, clock);
    await server.request('GET', '/v1/names/nobody.docker');
    await clock.advance(2_000);
    const { json } = await server.request('GET', '/v1/traffic');
    assert.equal(json.everySeconds, 2);
    assert.deepEqual(
      json.samples.map(({ at, queriesPerSecond, outcomes }: Sample) => ({ at, queriesPerSecond, outcomes })),
      [{ at: clock.now(), queriesPerSecond: 0.5, outcomes: { NXDOMAIN: 0.5 } }],
    );
    const later = await server.request('GET', `/v1/traffic?after=${clock.now()}`);
    assert.deepEqual(later.json.samples, []);
  });

  for (const query of ['after=yesterday', 'after=-1', 'since=1']) {
    it(`refuses ${query}`, async () => {
      await using server = await running();
      assert.equal((await server.request('GET', `/v1/traffic?${query}`)).status, 400);
    });
  }
});

/** The counts of a histogram: so many in each of these buckets. */
function counted(...buckets: readonly (readonly [bucket: number, count: number])[]): readonly number[] {
  return NONE.map((_, at) => buckets.find(([bucket]) => bucket === at)?.[1] ?? 0);
}

function milliseconds(bucket: number): number {
  return (DURATION_BUCKETS[bucket] as number) * 1_000;
}

/** Floating point is not what is tested. */
function rounded(sample: Sample): Sample {
  return JSON.parse(JSON.stringify(sample), (_, value) =>
    typeof value === 'number' ? Number(value.toFixed(6)) : value,
  );
}
