import { type Clock, formatSocketAddress, type Metrics, type SocketAddress } from '@callsign/daemon';
import type { DnsCounters } from './answer/counters.ts';
import type { ZoneResponder } from './answer/responder.ts';
import { queriesOf, type Status } from './api/status.ts';
import type { Follower } from './follow/follower.ts';
import type { Forwarding } from './forwarding/forwarding.ts';
import { NAMESERVER_METRICS as METRICS } from './metrics.ts';
import type { NameserverOptions } from './nameserver-options.ts';
import type { ZoneFiles } from './static/zone-files.ts';
import type { Tap } from './tap/tap.ts';
import type { Reading } from './traffic/sample.ts';
import type { Notifier } from './transfer/notifier.ts';
import type { Transfers } from './transfer/transfers.ts';

/** What is read. */
export interface Instrumented {
  readonly domains: NameserverOptions['domains'];
  readonly about: NameserverOptions['about'];
  readonly counters: DnsCounters;
  readonly responder: ZoneResponder;
  readonly forwarding: Forwarding;
  readonly follower: Follower;
  readonly files: ZoneFiles;
  readonly transfers: Transfers;
  readonly notifier: Notifier;
  readonly tap: Tap | undefined;
  readonly clock: Clock;
  /** Where it is served, once it has been started. */
  readonly places: () => { readonly dns: readonly SocketAddress[]; readonly http: readonly SocketAddress[] };
  /** Why it is not ready, or undefined when it is. */
  readonly unready: () => string | undefined;
}

/** What can be read off a nameserver while it runs: its status, its metrics, and what its traffic is drawn from. */
export class Instruments {
  readonly #of: Instrumented;
  readonly #startedAt: number;

  constructor(instrumented: Instrumented) {
    this.#of = instrumented;
    this.#startedAt = instrumented.clock.monotonic();
  }

  get status(): Status {
    const { domains, about, counters, follower, forwarding, clock } = this.#of;
    const { zone, age } = follower;
    const { dns, http } = this.#of.places();
    const unready = this.#of.unready();
    return {
      version: about?.version ?? '',
      domains,
      ready: unready === undefined,
      ...(unready !== undefined && { unready }),
      revision: zone?.revision ?? 0,
      records: zone?.size ?? 0,
      ...(zone !== undefined && { ageSeconds: seconds(age) }),
      store: about?.store ?? '',
      dns: dns.map(formatSocketAddress),
      http: http.map(formatSocketAddress),
      upstreams: forwarding.upstreams,
      queries: queriesOf(counters),
      forwarded: counters.forwarded,
      cache: this.#cache,
      uptimeSeconds: seconds(clock.monotonic() - this.#startedAt),
    };
  }

  /** What has been counted so far. */
  get reading(): Reading {
    const { counters, clock } = this.#of;
    const { total: queries, byRcode } = queriesOf(counters);
    return { at: clock.monotonic(), queries, byRcode, cache: this.#cache, durations: counters.durations };
  }

  /** Of the answers of upstreams, those that were given again without asking the forwarder included. */
  get #cache(): Status['cache'] {
    const { forwarding, counters } = this.#of;
    const { hits, misses, bytes } = forwarding.cache;
    const repeated = counters.repeated('success') + counters.repeated('denial');
    return { hits: hits + repeated, misses: misses + counters.relayed, bytes };
  }

  measure(metrics: Metrics): void {
    this.#measureAnswers(metrics);
    this.#measureZone(metrics);
    this.#measureSecondaries(metrics);
    this.#measureTap(metrics);
  }

  #measureAnswers(metrics: Metrics): void {
    const { counters, responder, forwarding } = this.#of;
    metrics.counted(METRICS.requests, () => counters.requests());
    metrics.counted(METRICS.responses, () => counters.responses());
    metrics.distributed(METRICS.seconds, () => [[counters.durations, {}]]);
    metrics.counted(METRICS.dropped, () => [[counters.dropped, {}]]);
    metrics.counted(METRICS.finished, () => [[counters.finished, {}]]);
    metrics.measured(METRICS.cached, () => [[responder.finishedAnswers, {}]]);
    metrics.counted(METRICS.recursion, () => [[counters.forwarded, {}]]);
    metrics.counted(METRICS.recursionRelayed, () => [[counters.relayed, {}]]);
    metrics.counted(METRICS.recursionFailed, () => [[counters.forwardFailed, {}]]);
    metrics.counted(METRICS.recursionRefused, () => [[counters.recursionRefused, {}]]);
    forwarding.measure(metrics, counters);
  }

  #measureZone(metrics: Metrics): void {
    const { follower, files, unready, clock } = this.#of;
    const changedAt = () => (clock.now() - Math.floor(follower.age)) / 1_000;
    metrics.measured(METRICS.ready, () => [[unready() === undefined ? 1 : 0, {}]]);
    metrics.measured(METRICS.followed, () => [[follower.isFollowing ? 1 : 0, {}]]);
    metrics.measured(METRICS.records, () => [[follower.zone?.size ?? 0, {}]]);
    metrics.measured(METRICS.revision, () => [[follower.zone?.revision ?? 0, {}]]);
    metrics.measured(METRICS.changed, () => (follower.zone === undefined ? [] : [[changedAt(), {}]]));
    metrics.counted(METRICS.refused, () => [[follower.refused, {}]]);
    metrics.measured(METRICS.refusedFiles, () => [[files.refused, {}]]);
  }

  #measureSecondaries(metrics: Metrics): void {
    const { transfers, notifier } = this.#of;
    metrics.counted(METRICS.transfers, () => transfers.counted());
    metrics.counted(METRICS.notifySent, () => [[notifier.sent, {}]]);
    metrics.counted(METRICS.notifyFailed, () => [[notifier.failed, {}]]);
  }

  #measureTap(metrics: Metrics): void {
    const { tap } = this.#of;
    metrics.counted(METRICS.tapSent, () => [[tap?.counts.sent ?? 0, {}]]);
    metrics.counted(METRICS.tapDropped, () => [[tap?.counts.dropped ?? 0, {}]]);
  }
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
