import assert from 'node:assert/strict';
import {
  decodeMessage,
  encodeMessage,
  encodeQuestion,
  FLAG,
  ForwardCache,
  type Message,
  RCODE,
  type ResourceRecord,
  TYPE,
} from '@callsign/dns';
import { ManualClock } from '../../../test/support/clock.ts';

const NAME = 'www.example.org.';
const A: ResourceRecord = { name: NAME, ttl: 60, type: 'A', address: '192.0.2.1' };
const SOA: ResourceRecord = {
  ...{ name: 'example.org.', ttl: 300, type: 'SOA', mname: 'ns.example.org.', rname: 'host.example.org.' },
  ...{ serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 20 },
};

/** A recursor that answers with these sections, and counts how often it is asked. */
function answering(sections: Partial<Message>) {
  const recursor = {
    asked: 0,
    forward: async (question: Buffer) => {
      recursor.asked += 1;
      const { id, question: asked } = decodeMessage(question);
      const empty = { answer: [], authority: [], additional: [] };
      return encodeMessage({
        id,
        flags: FLAG.QR | FLAG.RA,
        rcode: 0,
        question: asked,
        ...empty,
        ...sections,
      });
    },
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
    ['no SERVFAIL', { rcode: RCODE.SERVFAIL }, 0],
    ['no REFUSED', { rcode: RCODE.REFUSED, authority: [SOA] }, 0],
    ['no NODATA without a SOA', {}, 0],
    ['nothing that was cut', { flags: FLAG.QR | FLAG.TC, answer: [A] }, 0],
    ['nothing with a TTL of 0', { answer: [{ ...A, ttl: 0 }] }, 0],
  ] as const) {
    it(`keeps ${what}`, async () => {
      const clock = new ManualClock();
      const recursor = answering(sections);
      const cache = new ForwardCache(recursor, 10_000, clock);
      await cache.forward(ask());
      await clock.advance(Math.max(0, seconds * 1_000 - 1));
      await cache.forward(ask());
      assert.equal(recursor.asked, seconds > 0 ? 1 : 2);
      await clock.advance(1);
      await cache.forward(ask());
      assert.equal(recursor.asked, seconds > 0 ? 2 : 3);
    });
  }

  it('counts TTLs down, and answers in the letters of the question', async () => {
    const clock = new ManualClock();
    const cache = new ForwardCache(answering({ answer: [A] }), 10_000, clock);
    await cache.forward(ask());
    await clock.advance(25_400);
    const { question, answer } = decodeMessage(await cache.forward(ask('WWW.Example.ORG.')));
    assert.equal(question.name, 'WWW.Example.ORG.');
    assert.equal(answer[0]?.ttl, 35);
    assert.deepEqual([cache.hits, cache.misses], [1, 1]);
  });

  it('keeps apart what has another answer', async () => {
    const recursor = answering({ answer: [A] });
    const cache = new ForwardCache(recursor, 100_000);
    for (const question of [ask(), ask(NAME, TYPE.AAAA), ask('example.org.'), ask(NAME, TYPE.A, true)]) {
      await cache.forward(question);
    }
    assert.equal(recursor.asked, 4);
  });

  it('asks once for what many ask at the same time, each in their own letters', async () => {
    const recursor = answering({ answer: [A] });
    const cache = new ForwardCache(recursor, 0);
    const answers = await Promise.all(
      [ask(), ask('WWW.EXAMPLE.ORG.')].map((question) => cache.forward(question)),
    );
    assert.deepEqual(
      answers.map((answer) => decodeMessage(answer).question.name),
      [NAME, 'WWW.EXAMPLE.ORG.'],
    );
    assert.equal(recursor.asked, 1);
  });

  it('tells everybody who waits of a failure, and asks again afterwards', async () => {
    let fails = true;
    const good = answering({ answer: [A] });
    const forward = async (question: Buffer) => (fails ? assert.fail('no luck') : good.forward(question));
    const cache = new ForwardCache({ forward }, 10_000);
    const waiting = [cache.forward(ask()), cache.forward(ask())];
    for (const one of waiting) await assert.rejects(one, /no luck/);
    fails = false;
    assert.equal(decodeMessage(await cache.forward(ask())).answer.length, 1);
  });

  it('stays within its bytes, and lets go what was not asked for longest', async () => {
    const recursor = answering({ answer: [A] });
    const cache = new ForwardCache(recursor, 1_200);
    const names = ['a.org.', 'b.org.', 'c.org.', 'd.org.', 'e.org.'];
    for (const name of names) {
      await cache.forward(ask(name));
      await cache.forward(ask('a.org.'));
      assert.ok(cache.bytes <= 1_200);
    }
    const before = recursor.asked;
    await cache.forward(ask('a.org.'));
    assert.equal(recursor.asked, before, 'the one that everybody asks for stays');
    await cache.forward(ask('b.org.'));
    assert.equal(recursor.asked, before + 1, 'the one that nobody asks for went');
  });

  it('gives away copies alone', async () => {
    const cache = new ForwardCache(answering({ answer: [A] }), 10_000);
    for (let times = 0; times < 3; times += 1) {
      const answer = await cache.forward(ask());
      assert.equal(decodeMessage(answer).answer.length, 1);
      answer.fill(0);
    }
  });
});
