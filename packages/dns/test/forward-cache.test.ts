import assert from 'node:assert/strict';
import {
  type Answer,
  type Asker,
  decodeMessage,
  encodeMessage,
  encodeQuestion,
  FLAG,
  ForwardCache,
  ForwardedQuestion,
  Forwarder,
  fetchAnswer,
  type Message,
  RCODE,
  type ResourceRecord,
  TYPE,
} from '@callsign/dns';
import { ManualClock } from '../../../test/support/clock.ts';
import { fetching } from '../../../test/support/recursor.ts';

const NAME = 'www.example.org.';
const A: ResourceRecord = { name: NAME, ttl: 60, type: 'A', address: '192.0.2.1' };
const SOA: ResourceRecord = {
  ...{ name: 'example.org.', ttl: 300, type: 'SOA', mname: 'ns.example.org.', rname: 'host.example.org.' },
  ...{ serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 20 },
};

const ALIAS: ResourceRecord = { name: NAME, ttl: 300, type: 'CNAME', target: 'web.example.org.' };

/** A recursor that answers with these sections, and counts how often it is asked. */
function answering(sections: Partial<Message>) {
  const recursor = {
    asked: 0,
    ...fetching(async (question) => {
      recursor.asked += 1;
      const { id, question: asked } = decodeMessage(question);
      const empty = { answer: [], authority: [], additional: [] };
      const message = { id, flags: FLAG.QR | FLAG.RA, rcode: 0, question: asked, ...empty, ...sections };
      return { message: encodeMessage(message) };
    }),
  };
  return recursor;
}

const ask = (name = NAME, type: number = TYPE.A, dnssecOk = false) => encodeQuestion(0, name, type, dnssecOk);

describe('forward cache', () => {
  for (const [what, sections, seconds] of [
    ['an answer as long as its smallest TTL', { answer: [A, { ...A, ttl: 30, address: '192.0.2.2' }] }, 30],
    ['an answer no longer than a day', { answer: [{ ...A, ttl: 1_000_000 }] }, 86_400],
    ['NXDOMAIN as long as its SOA says', { rcode: RCODE.NXDOMAIN, authority: [SOA] }, 20],
    ['NODATA as long as its SOA says', { authority: [{ ...SOA, ttl: 10 }] }, 10],
    ['an alias of what has no such records no longer', { answer: [ALIAS], authority: [SOA] }, 20],
    ['no SERVFAIL', { rcode: RCODE.SERVFAIL }, 0],
    ['no REFUSED', { rcode: RCODE.REFUSED, authority: [SOA] }, 0],
    ['no NODATA without a SOA', {}, 0],
    ['nothing that was cut', { flags: FLAG.QR | FLAG.TC, answer: [A] }, 0],
    ['nothing with a TTL of 0', { answer: [{ ...A, ttl: 0 }] }, 0],
  ] as const) {
    it(`keeps ${what}`, async () => {
      for (const [ms, hits] of [
        [seconds * 1_000 - 1, seconds > 0 ? 1 : 0],
        [seconds * 1_000, 0],
      ] as const) {
        const clock = new ManualClock();
        const cache = new ForwardCache(answering(sections), { bytes: 10_000, clock });
        await fetchAnswer(cache, ask());
        await clock.advance(Math.max(0, ms));
        await fetchAnswer(cache, ask());
        assert.deepEqual([cache.hits, cache.misses], [hits, 2 - hits], `after ${ms} ms`);
      }
    });
  }

  it('counts TTLs down, whatever the letters of the question', async () => {
    const clock = new ManualClock();
    const cache = new ForwardCache(answering({ answer: [A] }), { bytes: 10_000, clock });
    await fetchAnswer(cache, ask());
    await clock.advance(25_400);
    const { answer } = decodeMessage((await fetchAnswer(cache, ask('WWW.Example.ORG.'))).message);
    assert.equal(answer[0]?.ttl, 35);
    assert.deepEqual([cache.hits, cache.misses], [1, 1]);
  });

  it('counts down for how long there is nothing, also where the SOA itself may be kept for longer', async () => {
    const clock = new ManualClock();
    const cache = new ForwardCache(answering({ authority: [SOA] }), { bytes: 10_000, clock });
    await fetchAnswer(cache, ask());
    await clock.advance(19_000);
    const { authority } = decodeMessage((await fetchAnswer(cache, ask())).message);
    assert.equal(authority[0]?.ttl, 1);
  });

  it('keeps nothing over a sleep of the machine, which its clock does not count', async () => {
    const manual = new ManualClock();
    let asleep = 0;
    const clock = {
      now: () => manual.now() + asleep,
      monotonic: () => manual.monotonic(),
      sleep: (ms: number, signal?: AbortSignal) => manual.sleep(ms, signal),
    };
    const { message } = await fetchAnswer(answering({ answer: [A] }), ask('known.elsewhere.'));
    const siblings = {
      hashOf: () => undefined,
      claim: () => undefined,
      release: () => undefined,
      answerTo: ({ key }: ForwardedQuestion) =>
        key.includes('elsewhere') ? { message, since: manual.monotonic() - 1 } : undefined,
    };
    const cache = new ForwardCache(answering({ answer: [A] }), { bytes: 10_000, siblings, clock });
    for (const [ms, misses] of [
      [0, 1],
      [9_000, 1],
      [100_000, 3],
    ] as const) {
      asleep += ms;
      for (const name of [NAME, 'known.elsewhere.']) await fetchAnswer(cache, ask(name));
      assert.equal(cache.misses, misses, `asleep for ${ms} ms`);
    }
    assert.deepEqual(cache.entriesByKind, { success: 2, denial: 0 });
  });

  it('counts what it has, and what it gives up, by kind', async () => {
    const cache = new ForwardCache(answering({ answer: [A] }), { bytes: 800 });
    const denials = new ForwardCache(answering({ authority: [SOA] }), { bytes: 10_000 });
    for (const name of ['a.example.', 'b.example.', 'c.example.', 'c.example.'])
      await fetchAnswer(cache, ask(name));
    for (const _ of [1, 2]) await fetchAnswer(denials, ask());
    assert.deepEqual(
      [cache.requests, cache.hitsByKind, cache.entriesByKind, cache.evictionsByKind],
      [4, { success: 1, denial: 0 }, { success: 2, denial: 0 }, { success: 1, denial: 0 }],
    );
    assert.deepEqual(
      [denials.hitsByKind, denials.entriesByKind],
      [
        { success: 0, denial: 1 },
        { success: 0, denial: 1 },
      ],
    );
  });

  it('keeps apart what has another answer', async () => {
    const recursor = answering({ answer: [A] });
    const cache = new ForwardCache(recursor, { bytes: 100_000 });
    for (const question of [ask(), ask(NAME, TYPE.AAAA), ask('example.org.'), ask(NAME, TYPE.A, true)]) {
      await fetchAnswer(cache, question);
    }
    assert.equal(recursor.asked, 4);
  });

  it('asks once for what many ask at the same time, in whatever letters', async () => {
    const recursor = answering({ answer: [A] });
    const cache = new ForwardCache(recursor, { bytes: 0 });
    const answers = await Promise.all(
      [ask(), ask('WWW.EXAMPLE.ORG.')].map((question) => fetchAnswer(cache, question)),
    );
    assert.deepEqual(
      answers.map(({ message }) => decodeMessage(message).answer.length),
      [1, 1],
    );
    assert.equal(recursor.asked, 1);
  });

  it('has so many wait for answers that are under way, tells others at once, and has room again afterwards', async () => {
    const waiting: Asker[] = [];
    const cache = new ForwardCache({ ask: (_, asker) => waiting.push(asker) }, { bytes: 0 });
    const asked = Array.from({ length: 10_003 }, () => fetchAnswer(cache, ask()));
    const refused = asked.splice(10_001);
    for (const one of refused) await assert.rejects(one, { failure: 'busy' });
    const { message } = await fetchAnswer(answering({ answer: [A] }), ask());
    waiting.pop()?.answered({ message });
    assert.equal((await Promise.all(asked)).length, 10_001);
    const again = [fetchAnswer(cache, ask()), fetchAnswer(cache, ask())];
    waiting.pop()?.answered({ message });
    assert.equal((await Promise.all(again)).length, 2);
  });

  it('tells everybody who waits of a failure, and asks again afterwards', async () => {
    let fails = true;
    const good = answering({ answer: [A] });
    const recursor = fetching(async (question) =>
      fails ? assert.fail('no luck') : fetchAnswer(good, question),
    );
    const cache = new ForwardCache(recursor, { bytes: 10_000 });
    const waiting = [fetchAnswer(cache, ask()), fetchAnswer(cache, ask())];
    for (const one of waiting) await assert.rejects(one, /no luck/);
    fails = false;
    assert.equal(decodeMessage((await fetchAnswer(cache, ask())).message).answer.length, 1);
  });

  it('stays within its bytes, and lets go what was not asked for longest', async () => {
    const recursor = answering({ answer: [A] });
    const cache = new ForwardCache(recursor, { bytes: 1_200 });
    const names = ['a.org.', 'b.org.', 'c.org.', 'd.org.', 'e.org.'];
    for (const name of names) {
      await fetchAnswer(cache, ask(name));
      await fetchAnswer(cache, ask('a.org.'));
      assert.ok(cache.bytes <= 1_200);
    }
    const before = recursor.asked;
    await fetchAnswer(cache, ask('a.org.'));
    assert.equal(recursor.asked, before, 'the one that everybody asks for stays');
    await fetchAnswer(cache, ask('b.org.'));
    assert.equal(recursor.asked, before + 1, 'the one that nobody asks for went');
  });

  it('gives away copies alone', async () => {
    const cache = new ForwardCache(answering({ answer: [A] }), { bytes: 10_000 });
    for (let times = 0; times < 3; times += 1) {
      const { message: answer } = await fetchAnswer(cache, ask());
      assert.equal(decodeMessage(answer).answer.length, 1);
      answer.fill(0);
    }
  });

  // Whoever asks may still be at work on the packet that it asks for: a reply in between would come upon that.
  for (const [what, ready] of [
    [
      'an answer that is there',
      async () => {
        const cache = new ForwardCache(answering({ answer: [A] }), { bytes: 10_000 });
        await fetchAnswer(cache, ask());
        return cache;
      },
    ],
    [
      'a stale answer',
      async () => {
        const clock = new ManualClock();
        const { recursor, cache } = stale(clock, { answer: [A] });
        await fetchAnswer(cache, ask());
        await clock.advance(61_000);
        recursor.mood = 'fails';
        await fetchAnswer(cache, ask());
        return cache;
      },
    ],
    ['that there is nobody to ask', async () => new ForwardCache(new Forwarder(), { bytes: 0 })],
    [
      'that nobody is asked any more',
      async () => {
        const closed = new Forwarder({ upstreams: [{ host: '127.0.0.1', port: 53 }] });
        closed.close();
        return new ForwardCache(closed, { bytes: 0 });
      },
    ],
  ] as const) {
    it(`tells ${what} only when it has been asked`, async () => {
      const cache = await ready();
      const { promise, resolve } = Promise.withResolvers<boolean>();
      let returned = false;
      const tell = () => resolve(returned);
      cache.ask(new ForwardedQuestion(ask()), { answered: tell, failed: tell });
      returned = true;
      assert.equal(await promise, true);
    });
  }

  describe('prefetch', () => {
    for (const [what, questions, ms, asked] of [
      ['what was asked for again near its end', 2, 55_000, 2],
      ['nothing that has time left', 2, 50_000, 1],
      ['nothing that nobody asked for again', 1, 55_000, 1],
    ] as const) {
      it(`fetches ${what}`, async () => {
        const clock = new ManualClock();
        const recursor = answering({ answer: [A] });
        const cache = new ForwardCache(recursor, { bytes: 10_000, clock });
        await fetchAnswer(cache, ask());
        await clock.advance(ms);
        for (let left = questions; left > 1; left -= 1) await fetchAnswer(cache, ask());
        await clock.advance(0);
        assert.equal(recursor.asked, asked);
        await clock.advance(60_000 - ms);
        await fetchAnswer(cache, ask());
        assert.equal(cache.misses, asked > 1 ? 1 : 2);
      });
    }

    it('asks once for many, and lives with a failure', async () => {
      const clock = new ManualClock();
      const { recursor, cache } = stale(clock, { answer: [A] });
      await fetchAnswer(cache, ask());
      await clock.advance(58_000);
      recursor.mood = 'fails';
      for (let times = 0; times < 3; times += 1) {
        await fetchAnswer(cache, ask());
        await clock.advance(0);
      }
      assert.deepEqual([recursor.asked, cache.hits], [2, 3]);
    });
  });

  describe('stale answers', () => {
    const NXDOMAIN = { rcode: RCODE.NXDOMAIN, authority: [SOA] };
    for (const [what, sections, mood, code] of [
      ['when upstreams fail', { answer: [A] }, 'fails', 3],
      ['when upstreams say SERVFAIL', { answer: [A] }, 'servfail', 3],
      ['when upstreams are silent', { answer: [A] }, 'silent', 3],
      ['of names that did not exist', NXDOMAIN, 'fails', 19],
    ] as const) {
      it(`are given ${what}, and said to be stale`, async () => {
        const clock = new ManualClock();
        const { recursor, cache } = stale(clock, sections);
        await fetchAnswer(cache, ask());
        await clock.advance(61_000);
        recursor.mood = mood;
        const answer = fetchAnswer(cache, ask());
        await clock.advance(1_800);
        const { message, reason } = await answer;
        const { answer: records, authority } = decodeMessage(message);
        assert.equal(reason?.code, code);
        assert.equal([...records, ...authority][0]?.ttl, 30);
        assert.equal(cache.stale, 1);
      });
    }

    it('are not given when an upstream answers in time', async () => {
      const clock = new ManualClock();
      const { cache } = stale(clock, { answer: [A] });
      await fetchAnswer(cache, ask());
      await clock.advance(61_000);
      const { message, reason } = await fetchAnswer(cache, ask());
      assert.deepEqual([decodeMessage(message).answer[0]?.ttl, reason], [60, undefined]);
    });

    it('are given at once while the failure is fresh, and replaced by what comes late', async () => {
      const clock = new ManualClock();
      const { recursor, cache } = stale(clock, { answer: [A] });
      await fetchAnswer(cache, ask());
      await clock.advance(61_000);
      recursor.mood = 'fails';
      for (let times = 0; times < 3; times += 1) await fetchAnswer(cache, ask());
      assert.deepEqual([recursor.asked, cache.stale], [2, 3]);
      await clock.advance(30_000);
      recursor.mood = 'silent';
      const answer = fetchAnswer(cache, ask());
      await clock.advance(1_800);
      assert.equal((await answer).reason?.code, 3);
      recursor.speak();
      await clock.advance(0);
      assert.equal((await fetchAnswer(cache, ask())).reason, undefined);
    });

    it('are given no longer than they may be', async () => {
      const clock = new ManualClock();
      const { recursor, cache } = stale(clock, { answer: [A] });
      await fetchAnswer(cache, ask());
      recursor.mood = 'fails';
      await clock.advance(60_000 + 3_600_000);
      await assert.rejects(fetchAnswer(cache, ask()), /no luck/);
      assert.equal(cache.bytes, 0);
    });

    it('are not given where that is switched off', async () => {
      const clock = new ManualClock();
      const { recursor, cache } = stale(clock, { answer: [A] }, 0);
      await fetchAnswer(cache, ask());
      recursor.mood = 'fails';
      await clock.advance(60_000);
      await assert.rejects(fetchAnswer(cache, ask()), /no luck/);
    });
  });
});

/** A cache that serves stale answers for an hour, before a recursor whose mood changes. */
function stale(clock: ManualClock, sections: Partial<Message>, serveStale = 3_600) {
  const good = answering(sections);
  const failing = answering({ rcode: RCODE.SERVFAIL });
  const late = Promise.withResolvers<void>();
  const recursor = {
    asked: 0,
    mood: 'answers' as 'answers' | 'servfail' | 'fails' | 'silent',
    speak: late.resolve,
    ...fetching(async (question): Promise<Answer> => {
      recursor.asked += 1;
      if (recursor.mood === 'fails') assert.fail('no luck');
      if (recursor.mood === 'silent') await late.promise;
      return fetchAnswer(recursor.mood === 'servfail' ? failing : good, question);
    }),
  };
  return { recursor, cache: new ForwardCache(recursor, { bytes: 10_000, serveStale, clock }) };
}
