import assert from 'node:assert/strict';
import { put } from '@callsign/catalog';
import type { SocketAddress } from '@callsign/daemon';
import { Metrics } from '@callsign/daemon/metrics';
import { LATER } from '@callsign/dns';
import { DnsCounters, Timed } from '@callsign/nameserver';
import { ManualClock } from '../../../test/support/clock.ts';
import { ask } from '../../../test/support/dig.ts';
import { DIG, requireParts } from '../../../test/support/parts.ts';
import { eventually } from '../../../test/support/wait.ts';
import { DURATION_BUCKETS, durationBucket } from '../src/answer/durations.ts';
import { UpstreamDurations } from '../src/forwarding/upstream-durations.ts';
import { NAMESERVER_METRICS } from '../src/metrics.ts';
import { running } from './support/running.ts';

describe('durations of replies', () => {
  it('belong to the first bucket that is not below them', () => {
    const around = DURATION_BUCKETS.flatMap((seconds) => [seconds * 999, seconds * 1_000, seconds * 1_001]);
    for (const ms of [0, 0.000_01, ...around, 1e9]) {
      const first = DURATION_BUCKETS.findIndex((bound) => ms <= bound * 1_000);
      assert.equal(durationBucket(ms), first < 0 ? DURATION_BUCKETS.length : first, `${ms} ms`);
    }
  });

  it('last until a late reply is sent, and are not those of what is not answered', async () => {
    const clock = new ManualClock();
    const counters = new DnsCounters();
    const late: ((reply: Uint8Array) => void)[] = [];
    const responder = new Timed(
      {
        respond: (query, _length, _reply, exchange) => {
          if (query[0] === 1) late.push(exchange.defer());
          return LATER;
        },
      },
      counters,
      clock,
    );
    const exchange = { transport: 'udp', peer: '192.0.2.1', defer: () => () => undefined } as const;
    for (const first of [0, 1]) responder.respond(Buffer.from([first]), 1, Buffer.alloc(1), exchange);
    await clock.advance(1_000);
    late[0]?.(Buffer.alloc(1));
    const { counts, sum } = counters.durations;
    assert.equal(sum, 1);
    assert.deepEqual(
      [...counts.entries()].filter(([, count]) => count > 0),
      [[durationBucket(1_000), 1]],
    );
  });

  it('are counted for every reply, in threads of their own or not', async function () {
    requireParts(this, DIG);
    await using server = await running({ udpThreads: 1 });
    await put(server.store, 'docker/web', '{"host":"10.0.0.1"}');
    const [at] = server.nameserver.dnsAddresses;
    for (const tcp of [false, false, false, true]) await ask(at as SocketAddress, 'web.docker', 'A', { tcp });
    await eventually(async () => {
      const text = await server.metrics.text();
      assert.match(text, /^callsign_dns_request_duration_seconds_count 4$/m);
      assert.match(text, /^callsign_dns_request_duration_seconds_bucket\{le="\+Inf"\} 4$/m);
      assert.match(text, /^callsign_dns_request_duration_seconds_sum 0\.\d+$/m);
    });
  });
});

describe('durations of an upstream’s answers', () => {
  it('are told by rcode, each in all buckets that are not below it', async () => {
    const durations = new UpstreamDurations('corp.', '192.0.2.53:53');
    for (const [rcode, seconds] of [
      [0, 0.000_25],
      [0, 0.3],
      [0, 60],
      [3, 0.3],
    ] as const) {
      durations.observe(rcode, seconds);
    }
    const metrics = new Metrics();
    metrics.distributed(NAMESERVER_METRICS.upstreamSeconds, () => durations.read(() => []));
    const lines = (await metrics.text()).split('\n').filter((line) => !line.startsWith('#'));
    const told = (what: string, le: string, rcode: string) => {
      const labels = `${le}proxy_name="forward",to="192.0.2.53:53",zone="corp.",rcode="${rcode}"`;
      const start = `callsign_proxy_request_duration_seconds_${what}{${labels}} `;
      return Number(lines.find((line) => line.startsWith(start))?.slice(start.length));
    };
    const buckets = ['0.00025', '0.256', '0.512', '8.192', '+Inf'];
    assert.deepEqual(
      buckets.map((le) => told('bucket', `le="${le}",`, 'NOERROR')),
      [1, 1, 2, 2, 3],
    );
    assert.deepEqual([told('count', '', 'NOERROR'), told('sum', '', 'NOERROR')], [3, 60.300_25]);
    assert.deepEqual([told('count', '', 'NXDOMAIN'), told('sum', '', 'NXDOMAIN')], [1, 0.3]);
  });
});
