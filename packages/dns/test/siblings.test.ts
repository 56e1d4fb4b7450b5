import assert from 'node:assert/strict';
import {
  decodeMessage,
  encodeMessage,
  encodeQuestion,
  FLAG,
  ForwardCache,
  ForwardedQuestion,
  fetchAnswer,
  Relays,
  TYPE,
} from '@callsign/dns';
import { ForwardedKey, Query } from '@callsign/dns/hot';
import { ManualClock } from '../../../test/support/clock.ts';
import { fetching } from '../../../test/support/recursor.ts';
import { FirstAnswers } from '../src/relay/first-answers.ts';
import { KnownKeys } from '../src/relay/known-keys.ts';
import { RelayCounters } from '../src/relay/relay-counters.ts';

const NAME = 'www.example.org.';
const BYTES = 1 << 20;
const BOUNDS = [1];
const question = (name = NAME) => encodeQuestion(0, name, TYPE.A);

/** What an upstream says: this address, for a minute. */
function saying(query: Buffer, address: string): Buffer {
  const { id, question: asked } = decodeMessage(query);
  const answer = [{ name: asked.name, ttl: 60, type: 'A' as const, address }];
  const message = { id, flags: FLAG.QR | FLAG.RA, rcode: 0, question: asked, authority: [], additional: [] };
  return encodeMessage({ ...message, answer });
}

describe('a cache beside threads that ask by themselves', () => {
  let clock: ManualClock;
  let relays: Relays;
  let known: KnownKeys;
  let thread: FirstAnswers;
  let asked: number;
  let fails: boolean;
  const recursor = fetching(async (query) => {
    asked += 1;
    if (fails) assert.fail('no luck');
    return { message: saying(query, '192.0.2.2') };
  });
  const cacheOf = (bytes: number) =>
    new ForwardCache(recursor, { bytes, serveStale: 3_600, siblings: relays, clock });
  beforeEach(() => {
    clock = new ManualClock();
    [asked, fails] = [0, false];
    relays = new Relays({
      threads: 1,
      ownNames: [],
      bytes: BYTES,
      allBytes: 4 * BYTES,
      bounds: BOUNDS,
      clock,
    });
    const memory = relays.another();
    known = new KnownKeys(memory.known);
    const answers = memory.firstAnswers ?? assert.fail('none are kept');
    thread = new FirstAnswers(answers, known, new RelayCounters(BOUNDS, memory.counters));
  });

  /** A thread has had this answer to a question just now. */
  const answered = (name: string) => {
    const [query, key] = [new Query(), new ForwardedKey()];
    const bytes = question(name);
    assert.equal(query.read(bytes, bytes.length), 'answer');
    key.take(query);
    assert.equal(thread.keep(key, saying(bytes, '192.0.2.1'), clock.monotonic()), true);
    known.add(key.hash);
  };
  const first = async (cache: ForwardCache, name = NAME) => {
    const { answer } = decodeMessage((await fetchAnswer(cache, question(name))).message);
    return answer[0];
  };
  const isKnown = (name = NAME) => known.has(relays.hashOf(new ForwardedQuestion(question(name))) as number);

  it('gives what one of them was answered, as old as it is, and asks nobody', async () => {
    answered(NAME);
    await clock.advance(20_000);
    const cache = cacheOf(BYTES);
    assert.deepEqual(await first(cache), { name: NAME, ttl: 40, type: 'A', address: '192.0.2.1' });
    assert.deepEqual([asked, cache.hits, cache.misses], [0, 1, 0]);
    assert.equal(cache.entriesByKind.success, 1);
  });

  it('lets it be copied for whoever asks next', () => {
    answered(NAME);
    const kept = cacheOf(BYTES).kept(new ForwardedQuestion(question()));
    assert.deepEqual(kept?.kept.answer.message, saying(question(), '192.0.2.1'));
  });

  it('asks anew once its time is over', async () => {
    answered(NAME);
    await clock.advance(60_000);
    const answer = await first(cacheOf(BYTES));
    assert.deepEqual([answer, asked], [{ ...answer, ttl: 60, address: '192.0.2.2' }, 1]);
  });

  it('gives it past its time when nobody answers', async () => {
    answered(NAME);
    await clock.advance(61_000);
    fails = true;
    const answer = await first(cacheOf(BYTES));
    assert.deepEqual(answer, { ...answer, ttl: 30, address: '192.0.2.1' });
  });

  it('tells them of what is under way and of what it keeps, and of what it does no longer', async () => {
    const cache = cacheOf(1_000);
    assert.equal(isKnown(), false);
    const under = first(cache);
    assert.equal(isKnown(), true);
    await under;
    assert.equal(isKnown(), true);
    for (let at = 0; cache.evictionsByKind.success === 0; at += 1) await first(cache, `n${at}.example.org.`);
    assert.equal(isKnown(), false);
    fails = true;
    await assert.rejects(first(cache), /no luck/);
    assert.equal(isKnown(), false);
    await clock.advance(4_000_000);
    for (const at of [0, 1, 2]) await assert.rejects(first(cache, `n${at}.example.org.`), /no luck/);
    for (const at of [0, 1, 2]) assert.equal(isKnown(`n${at}.example.org.`), false);
  });
});
