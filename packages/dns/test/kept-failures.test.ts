import assert from 'node:assert/strict';
import type { SocketAddress } from '@callsign/daemon';
import {
  type Endpoint,
  encodeQuestion,
  ForwardedQuestion,
  Forwarder,
  type ForwarderOptions,
  fetchAnswer,
  INFO_CODE,
  openEndpoint,
  RCODE,
  Relays,
  TYPE,
} from '@callsign/dns';
import { ManualClock } from '../../../test/support/clock.ts';
import { eventually } from '../../../test/support/wait.ts';
import { KeptFailures } from '../src/forward/kept-failures.ts';
import { KnownKeys } from '../src/relay/known-keys.ts';
import { echo, responder } from './responders.ts';

const question = (name = 'example.org.', type: number = TYPE.A) => encodeQuestion(0, name, type);
/** Milliseconds. */
const KEPT_FOR = 5_000;

describe('a question that has come to nothing', () => {
  let clock: ManualClock;
  const open: Endpoint[] = [];
  const forwarders: Forwarder[] = [];
  beforeEach(() => {
    clock = new ManualClock();
  });
  afterEach(async () => {
    for (const one of forwarders.splice(0)) one.close();
    await Promise.all(open.splice(0).map((endpoint) => endpoint.close()));
  });

  /** An upstream that says this to every question, nothing for undefined, and counts. */
  const saying = async (rcode: number | undefined) => {
    const state = { rcode, asked: 0 };
    const answers = responder((query) => {
      state.asked += 1;
      return state.rcode === undefined ? undefined : echo(query, state.rcode);
    });
    const endpoint = await openEndpoint({ host: '127.0.0.1', port: 0 }, answers);
    open.push(endpoint);
    return Object.assign(state, { at: endpoint.address });
  };
  const asking = (upstreams: readonly SocketAddress[], options: ForwarderOptions = {}) => {
    const one = new Forwarder({ upstreams, clock, ...options });
    forwarders.push(one);
    return one;
  };
  const rcodeOf = async (from: Forwarder, bytes = question()) => {
    const { message } = await fetchAnswer(from, bytes);
    return message.readUInt16BE(2) & 15;
  };

  for (const rcode of [RCODE.SERVFAIL, RCODE.REFUSED]) {
    it(`is not asked again for five seconds where upstreams said ${rcode}`, async () => {
      const upstreams = [await saying(rcode), await saying(rcode)];
      const one = asking(upstreams.map(({ at }) => at));
      for (let times = 0; times < 3; times += 1) assert.equal(await rcodeOf(one), rcode);
      assert.deepEqual([upstreams.map(({ asked }) => asked), one.failuresRepeated], [[1, 1], 2]);
      await clock.advance(KEPT_FOR);
      for (const upstream of upstreams) upstream.rcode = RCODE.NOERROR;
      assert.equal(await rcodeOf(one), RCODE.NOERROR);
    });
  }

  it('is not asked again where nobody said anything', async () => {
    const upstream = await saying(undefined);
    const one = asking([upstream.at], { totalMs: 1_000 });
    const failed = assert.rejects(rcodeOf(one), { failure: 'silent' });
    await eventually(() => assert.equal(upstream.asked, 1));
    await clock.advance(1_000);
    await failed;
    const asked = one.upstreams[0]?.asked;
    await assert.rejects(rcodeOf(one), { failure: 'silent' });
    assert.deepEqual([one.upstreams[0]?.asked, one.failuresRepeated], [asked, 1]);
  });

  it('is told as what it is, for clients that bring EDNS', async () => {
    const one = asking([(await saying(RCODE.SERVFAIL)).at]);
    assert.equal((await fetchAnswer(one, question())).reason, undefined);
    assert.equal((await fetchAnswer(one, question())).reason?.code, INFO_CODE.CACHED_ERROR);
  });

  it('keeps no other one from being asked', async () => {
    const upstream = await saying(RCODE.SERVFAIL);
    const one = asking([upstream.at]);
    await rcodeOf(one);
    upstream.rcode = RCODE.NOERROR;
    assert.equal(await rcodeOf(one, question('example.org.', TYPE.AAAA)), RCODE.NOERROR);
    assert.equal(await rcodeOf(one, question('EXAMPLE.org.')), RCODE.SERVFAIL);
  });

  it('is asked at once when there are other upstreams', async () => {
    const [first, second] = [await saying(RCODE.SERVFAIL), await saying(RCODE.NOERROR)];
    const one = asking([first.at]);
    assert.equal(await rcodeOf(one), RCODE.SERVFAIL);
    one.use([first.at, second.at]);
    assert.equal(await rcodeOf(one), RCODE.NOERROR);
  });

  it('is asked at once when an upstream answers again', async () => {
    const upstream = await saying(undefined);
    const one = asking([upstream.at], { totalMs: 1_000 });
    one.start();
    const failed = assert.rejects(rcodeOf(one), { failure: 'silent' });
    await eventually(async () => {
      await clock.advance(1_000);
      assert.equal(one.upstreams[0]?.healthy, false);
    });
    await failed;
    upstream.rcode = RCODE.NOERROR;
    await eventually(async () => {
      await clock.advance(100);
      assert.equal(one.upstreams[0]?.healthy, true);
    });
    assert.equal(await rcodeOf(one), RCODE.NOERROR);
  });
});

describe('what is kept of failures', () => {
  const asked = (name: string) => new ForwardedQuestion(question(name));
  const failure = new Error('in vain');
  const never = { answered: () => assert.fail('there is no answer'), failed: () => undefined };

  it('is told to siblings, until its time is over', async () => {
    const clock = new ManualClock();
    const bounds = [1];
    const relays = new Relays({ threads: 1, ownNames: [], bytes: 0, allBytes: 1, bounds, clock });
    const known = new KnownKeys(relays.another().known);
    const failures = new KeptFailures(clock, relays);
    const one = asked('example.org.');
    const isKnown = () => known.has(relays.hashOf(one) as number);
    failures.keepError(one, failure);
    failures.keepError(one, failure);
    assert.deepEqual([failures.tell(one, never), isKnown()], [true, true]);
    await clock.advance(KEPT_FOR);
    assert.deepEqual([failures.tell(one, never), isKnown()], [false, false]);
    failures.keepError(one, failure);
    failures.clear();
    assert.deepEqual([failures.tell(one, never), isKnown()], [false, false]);
  });

  it('takes so much memory and no more: the oldest go', () => {
    const failures = new KeptFailures(new ManualClock());
    const names = Array.from({ length: 4_000 }, (_, at) => `${at}.example.org.`);
    for (const name of names) failures.keepError(asked(name), failure);
    const kept = names.filter((name) => failures.tell(asked(name), never));
    assert.deepEqual(kept, names.slice(-kept.length));
    assert.ok(kept.length > 1_000 && kept.length < 4_000, `${kept.length}`);
  });
});
