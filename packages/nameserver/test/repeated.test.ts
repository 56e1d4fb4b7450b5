import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { SocketAddress } from '@callsign/daemon';
import { ForwardCache, parseNetwork, type Recursor, UdpListener } from '@callsign/dns';
import { ManualClock } from '../../../test/support/clock.ts';
import { ask } from '../../../test/support/dig.ts';
import { DIG, pathOf, requireParts } from '../../../test/support/parts.ts';
import { answering, entriesOf, exchange } from './support/answering.ts';
import { running } from './support/running.ts';
import { A, NAME, QUERIES, SAID, saying, upstreamSaying } from './support/said.ts';

/** The same, never by what is kept: each answer is waited for and taken apart. */
const theLongWay = (cache: ForwardCache): Recursor => ({
  ask: (question, asker) => cache.ask(question, asker),
});

describe('repeated answers', () => {
  for (const [what, said] of Object.entries(SAID)) {
    it(`of an upstream that said ${what} are the same as those that are waited for`, async () => {
      const clock = new ManualClock();
      const options = {
        domains: ['docker.'],
        entries: entriesOf({}),
        clock,
        cookieSecrets: [Buffer.alloc(16)],
      };
      const cache = () => new ForwardCache(saying(said), { bytes: 100_000, clock });
      const quick = answering({ ...options, recursor: cache() });
      const slow = answering({ ...options, recursor: theLongWay(cache()) });
      for (const seconds of [0, 0, 0, 20, 0, 50]) {
        await clock.advance(seconds * 1_000);
        for (const one of [quick, slow]) one.responder.tick();
        for (const [how, bytes] of Object.entries(QUERIES))
          for (const transport of ['udp', 'tcp'] as const) {
            const expected = await exchange(slow.responder, bytes, transport);
            const reply = await exchange(quick.responder, bytes, transport);
            assert.equal(reply.toString('hex'), expected.toString('hex'), `${how} over ${transport}`);
          }
      }
      assert.equal(quick.counters.forwarded, slow.counters.forwarded);
      assert.deepEqual([...quick.counters.responses()], [...slow.counters.responses()]);
    });
  }

  const fresh = (rest: Partial<Parameters<typeof answering>[0]> = {}) => {
    const clock = new ManualClock();
    const upstream = saying({ answer: [A] });
    const cache = new ForwardCache(upstream, { bytes: 100_000, clock });
    const {
      responder,
      counters,
      ask: asked,
    } = answering({
      ...{ domains: ['docker.'], entries: entriesOf({}), recursor: cache, clock },
      ...rest,
    });
    const advance = async (seconds: number) => {
      await clock.advance(seconds * 1_000);
      responder.tick();
    };
    return { upstream, cache, counters, asked, advance };
  };
  const repeats = ({ counters }: ReturnType<typeof fresh>) => counters.repeated('success');

  it('come from memory that all threads share, with a TTL that falls each second', async () => {
    const one = fresh();
    const ttls: string[] = [];
    for (const seconds of [0, 0, 0, 1, 1, 10]) {
      await one.advance(seconds);
      ttls.push((await one.asked(NAME, 'A')).answer[0]?.split(' ')[1] ?? '');
    }
    assert.deepEqual(ttls, ['60', '60', '60', '59', '58', '48']);
    assert.deepEqual([one.upstream.asked, one.cache.hits, repeats(one)], [1, 1, 4]);
  });

  it('are seen by the cache again now and then, and in time to be fetched anew', async () => {
    const one = fresh();
    for (let second = 0; second < 120; second += 1) {
      await one.asked(NAME, 'A');
      await one.advance(1);
    }
    assert.deepEqual([one.upstream.asked, one.cache.prefetches], [3, 2]);
    assert.ok(one.cache.hits > 6 && one.cache.hits < 20, `${one.cache.hits}`);
    assert.equal(one.cache.requests + repeats(one), 120);
  });

  it('are not for those for whom nobody is asked', async () => {
    const one = fresh({ mayRecurse: (peer) => peer === '127.0.0.1' });
    for (const _ of [1, 2, 3]) await one.asked(NAME, 'A');
    assert.equal((await one.asked(NAME, 'A', { from: '192.0.2.9' })).rcode, 'REFUSED');
    assert.equal(one.counters.recursionRefused, 1);
  });

  it('are never there for names of addresses, which may be ours next', async () => {
    const pointer = '1.0.0.10.in-addr.arpa.';
    const one = fresh({
      recursor: new ForwardCache(saying({ answer: [{ ...A, name: pointer }] }), { bytes: 100_000 }),
    });
    for (const _ of [1, 2, 3]) await one.asked(pointer, 'PTR');
    assert.equal(repeats(one), 0);
  });

  it('are given over UDP by threads, to those who may have them, and counted', async function () {
    requireParts(this, DIG);
    const upstream = new UdpListener({ host: '127.0.0.1', port: 0 }, upstreamSaying({ answer: [A] }));
    await upstream.start();
    await using server = await running({
      upstreams: [upstream.address],
      allowRecursion: [parseNetwork('127.0.0.1')],
      udpThreads: 1,
    });
    const [at] = server.nameserver.dnsAddresses as [SocketAddress];
    for (const _ of [1, 2]) assert.equal((await ask(at, NAME, 'A')).rcode, 'NOERROR');
    const refused = await ask(at, NAME, 'A', { words: ['-b', '127.0.0.2'] });
    assert.equal(refused.rcode, 'REFUSED');
    // Nothing but a thread can answer while this one waits.
    const said = execFileSync(pathOf(DIG), [`@${at.host}`, '-p', `${at.port}`, NAME, '+nocookie', '+short']);
    assert.equal(String(said), '192.0.2.1\n');
    const { text } = await server.request('GET', '/metrics');
    const told = (name: string) => text.split('\n').find((line) => line.startsWith(`callsign_${name} `));
    for (const [name, count] of [
      ['recursion_requests_total', 3],
      ['cache_requests_total', 3],
      ['cache_hits_total{type="success"}', 2],
      ['recursion_refused_total', 1],
    ] as const)
      assert.equal(told(name), `callsign_${name} ${count}`);
    await upstream.close();
  });
});
