import assert from 'node:assert/strict';
import {
  HttpError,
  json,
  type Route,
  readTraceparent,
  silentLog,
  TraceExporter,
  tracedRoutes,
} from '@callsign/daemon';
import { ManualClock } from '../../../test/support/clock.ts';
import { Collector } from '../../../test/support/collector.ts';
import { eventually } from '../../../test/support/wait.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const RESOURCE = { 'service.name': 'callsign-test', 'service.version': '1.2.3' };

describe('traceparent', () => {
  for (const [header, context] of [
    [`00-${TRACE}-${SPAN}-01`, { traceId: TRACE, spanId: SPAN, isSampled: true }],
    [`00-${TRACE}-${SPAN}-00`, { traceId: TRACE, spanId: SPAN, isSampled: false }],
    [`01-${TRACE}-${SPAN}-01-what-comes-later`, { traceId: TRACE, spanId: SPAN, isSampled: true }],
    [undefined, undefined],
    ['', undefined],
    [`00-${TRACE}-${SPAN}-01-more`, undefined],
    [`ff-${TRACE}-${SPAN}-01`, undefined],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, undefined],
    [`00-${'0'.repeat(32)}-${SPAN}-01`, undefined],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, undefined],
    [`00-${TRACE}-${SPAN}`, undefined],
  ] as const) {
    it(`is ${context === undefined ? 'none' : 'read'}: ${header}`, () =>
      assert.deepEqual(readTraceparent(header), context));
  }
});

describe('traces', () => {
  let clock: ManualClock;
  const exporter = (collector: string, most?: number) =>
    new TraceExporter({
      collector: new URL(collector),
      resource: RESOURCE,
      log: silentLog,
      clock,
      ...(most !== undefined && { most }),
    });

  beforeEach(() => {
    clock = new ManualClock();
  });

  it('say who, what, when, with what outcome, and of what it was a part', async () => {
    await using collector = await Collector.start();
    const traces = exporter(collector.url);
    const root = traces.span('whole', { kind: 'consumer', attributes: { list: ['a', 'b'], half: 0.5 } });
    const part = traces.span('part', { parent: root.context, attributes: { count: 7 } });
    await clock.advance(20);
    part.end(new Error('it broke'));
    root.set({ good: true });
    root.end();
    root.end(new Error('too late'));
    await traces.close();
    const [first, second] = collector.spans;
    assert.deepEqual(
      [first?.name, first?.kind, first?.failed, first?.attributes],
      ['part', 1, true, { count: 7 }],
    );
    assert.deepEqual([first?.traceId, first?.parentSpanId], [second?.traceId, second?.spanId]);
    assert.deepEqual(
      [second?.name, second?.kind, second?.failed, second?.attributes],
      ['whole', 5, false, { list: ['a', 'b'], half: 0.5, good: true }],
    );
    assert.deepEqual(
      [second?.startTimeUnixNano, second?.endTimeUnixNano, second?.resource],
      ['1577836800000000000', '1577836800020000000', RESOURCE],
    );
    assert.equal(collector.spans.length, 2);
  });

  it('wait for a collector that is not there yet, or is busy, and are sent once', async () => {
    await using collector = await Collector.start();
    collector.answers.push({ status: 503 }, { status: 429 });
    const traces = exporter(collector.url);
    await traces.start();
    traces.span('one').end();
    await eventually(async () => {
      await clock.advance(30_000);
      assert.equal(traces.sent, 1);
    });
    await traces.close();
    assert.deepEqual([collector.spans.length, traces.dropped, collector.answers.length], [1, 0, 0]);
  });

  it('that are on their way at the close are not sent again, and those behind them once', async () => {
    await using collector = await Collector.start();
    const answered = Promise.withResolvers<void>();
    const traces = await sending(collector, answered.promise);
    traces.span('waiting').end();
    const closed = traces.close();
    answered.resolve();
    await closed;
    assert.deepEqual(
      collector.spans.map(({ name }) => name),
      ['on its way', 'waiting'],
    );
    assert.deepEqual([traces.sent, traces.dropped], [2, 0]);
  });

  it('are dropped and counted when a collector has not answered by the end', async () => {
    await using collector = await Collector.start();
    const traces = await sending(collector, new Promise(() => undefined));
    traces.span('waiting').end();
    await traces.close();
    assert.equal(collector.spans.length, 1);
    assert.deepEqual([traces.sent, traces.dropped], [0, 2]);
  });

  /** @returns what has sent a span to a collector that answers after something else */
  async function sending(collector: Collector, after: Promise<unknown>): Promise<TraceExporter> {
    collector.answers.push({ status: 200, after });
    const traces = exporter(collector.url);
    await traces.start();
    traces.span('on its way').end();
    await eventually(async () => {
      await clock.advance(1_000);
      assert.equal(collector.spans.length, 1);
    });
    return traces;
  }

  for (const [what, answer, sent] of [
    ['a collector refuses them', { status: 400 }, 0],
    [
      'a collector has no use for some of them',
      { status: 200, body: { partialSuccess: { rejectedSpans: '1' } } },
      1,
    ],
    [
      'a collector tells nonsense, and has taken them all',
      { status: 200, body: { partialSuccess: { rejectedSpans: 'many' } } },
      2,
    ],
  ] as const) {
    it(`are dropped and counted when ${what}`, async () => {
      await using collector = await Collector.start();
      collector.answers.push(answer);
      const traces = exporter(collector.url);
      for (const name of ['one', 'two']) traces.span(name).end();
      await traces.close();
      assert.deepEqual([traces.sent, traces.dropped], [sent, 2 - sent]);
    });
  }

  it('are dropped and counted when there is no room for them, and when nobody was there to the end', async () => {
    const traces = exporter('http://127.0.0.1:1', 2);
    for (const name of ['one', 'two', 'three']) traces.span(name).end();
    assert.equal(traces.dropped, 1);
    await traces.close();
    assert.deepEqual([traces.sent, traces.dropped], [0, 3]);
  });

  it('have requests in them, as parts of those clients’ traces that are kept', async () => {
    await using collector = await Collector.start();
    const traces = exporter(collector.url);
    const route = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, handle });
    const routes = tracedRoutes(
      [
        route('/good/:id', () => json(200, {})),
        route('/wrong', () => {
          throw new HttpError(400, 'BODY_NOT_JSON', 'the body is not JSON');
        }),
        route('/broken', () => {
          throw new Error('a fault of ours');
        }),
      ],
      traces,
    );
    for (const { path, handle, flags } of routes.flatMap((each) =>
      ['00', '01'].map((flags) => ({ ...each, flags })),
    )) {
      const request = {
        method: 'GET',
        path,
        params: {},
        query: new URLSearchParams(),
        body: '',
        peer: '192.0.2.1',
      };
      const headers = { traceparent: `00-${TRACE}-${SPAN}-${flags}` };
      const answer = async () => handle({ ...request, headers, signal: new AbortController().signal });
      await answer().catch(() => undefined);
    }
    await traces.close();
    assert.deepEqual(
      collector.spans.map(({ name, kind, failed, attributes }) => [
        name,
        kind,
        failed,
        attributes['http.response.status_code'],
      ]),
      [
        ['GET /good/:id', 2, false, 200],
        ['GET /wrong', 2, false, 400],
        ['GET /broken', 2, true, undefined],
      ],
    );
    for (const { traceId, parentSpanId } of collector.spans)
      assert.deepEqual([traceId, parentSpanId], [TRACE, SPAN]);
  });
});
