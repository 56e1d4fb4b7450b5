import type { Store } from '@callsign/catalog';
import {
  type Clock,
  formatSocketAddress,
  type HttpServer,
  Lifecycle,
  type Log,
  type Metrics,
  type Part,
  type SocketAddress,
  systemClock,
  type Tracer,
} from '@callsign/daemon';
import {
  Networks,
  networkText,
  type Recursor,
  type Relays,
  type Responder,
  type Workers,
} from '@callsign/dns';
import { DnsCounters } from './answer/counters.ts';
import { Explainer } from './answer/explain.ts';
import { QueryLog } from './answer/query-log.ts';
import { ZoneResponder } from './answer/responder.ts';
import { Ticker } from './answer/ticker.ts';
import { Timed } from './answer/timed.ts';
import { usualWorkers } from './answer/usual-workers.ts';
import { Directory } from './api/directory.ts';
import { SkyDns1Api } from './api/skydns1.ts';
import { Follower } from './follow/follower.ts';
import { Reaper } from './follow/reaper.ts';
import { Forwarding } from './forwarding/forwarding.ts';
import { openRelays } from './forwarding/relaying.ts';
import { claimsOfStubs } from './forwarding/stub.ts';
import { Instruments } from './instruments.ts';
import { Listeners } from './listeners.ts';
import type { NameserverOptions, NameserverParts } from './nameserver-options.ts';
import { restServer } from './rest-server.ts';
import { NO_OVERRIDES } from './static/override-options.ts';
import { type Overrides, openOverrides } from './static/overrides.ts';
import { Tap } from './tap/tap.ts';
import { TracedRecursor } from './trace/traced-recursor.ts';
import { tracedStore } from './trace/traced-store.ts';
import { TrafficRecorder } from './traffic/recorder.ts';
import { Notifier } from './transfer/notifier.ts';
import { Transfers } from './transfer/transfers.ts';
import { ZoneCopies } from './zone-copies.ts';

/** store -> zone -> answers, and the REST API beside it. Does not close the store: who opened it does. */
export class Nameserver implements Part {
  readonly name = 'nameserver';
  readonly #options: NameserverOptions;
  readonly #store: Store;
  readonly #log: Log;
  readonly #counters = new DnsCounters();
  readonly #responder: ZoneResponder;
  readonly #forwarding: Forwarding;
  /** By which threads ask upstreams themselves; absent: they do not. */
  readonly #relays: Relays | undefined;
  readonly #tap: Tap | undefined;
  readonly #overrides: Overrides;
  readonly #follower: Follower;
  readonly #transfers: Transfers;
  readonly #notifier: Notifier;
  readonly #instruments: Instruments;
  readonly #traffic: TrafficRecorder;
  readonly #http: HttpServer;
  readonly #lifecycle: Lifecycle;
  readonly #listeners: Listeners;
  readonly #clock: Clock;
  readonly #tracer: Tracer | undefined;
  #closing = false;

  /**
   * @throws {OptionsError} for overrides that contradict each other
   * @throws {ZoneFileError} for zone files that cannot be served
   */
  constructor(options: NameserverOptions, parts: NameserverParts) {
    const { store, log, metrics, clock = systemClock } = parts;
    const { domains, ttl, negativeTtl, allowTransfer = [], tsigKeys = [] } = options;
    this.#options = options;
    this.#store = store;
    this.#log = log;
    this.#clock = clock;
    this.#tracer = parts.tracer;
    this.#tap = options.dnstap && new Tap({ ...options.dnstap, log, clock });
    const reading = { ttl, negativeTtl, log, clock };
    const stubs = claimsOfStubs(options.stubs);
    this.#overrides = openOverrides(options.overrides ?? NO_OVERRIDES, domains, reading, stubs);
    this.#relays = this.#openRelays();
    const listener = this.#tap?.forwarded.bind(this.#tap);
    this.#forwarding = new Forwarding(options, { log, clock, listener, relays: this.#relays });
    const access = { networks: new Networks(allowTransfer), signed: tsigKeys.length > 0 };
    const copies = new ZoneCopies();
    this.#transfers = new Transfers({ domains, access, copies, log });
    this.#responder = this.#createResponder();
    this.#follower = this.#createFollower();
    this.#notifier = this.#createNotifier();
    this.#instruments = this.#createInstruments();
    this.#traffic = new TrafficRecorder(() => this.#instruments.reading, clock);
    const directory = new Directory(store, this.#follower, copies);
    const skydns1 = new SkyDns1Api(directory, clock, log);
    this.#http = this.#createHttp(directory, skydns1, metrics);
    this.#listeners = this.#createListeners();
    this.#lifecycle = new Lifecycle(this.name, this.#inOrder(this.#createReaper(skydns1)), log);
    this.#instruments.measure(metrics);
    this.#listeners.measure(metrics);
  }

  /** None where dnstap or traces are to see every question to an upstream: then this thread asks them all. */
  #openRelays(): Relays | undefined {
    const { dns, stubs, forwardCache, udpThreads = 0 } = this.#options;
    if (this.#tap !== undefined || this.#tracer !== undefined) return undefined;
    return openRelays({
      threads: udpThreads * dns.length,
      names: this.#overrides.views.all.flatMap(({ claims }) => [...claims.keys()]),
      stubs,
      forwardCache,
      clock: this.#clock,
    });
  }

  /** What a client is answered by besides the zone, and what `explain` therefore needs as well. */
  get #besidesZone() {
    const { cookieSecrets, identity } = this.#options;
    return {
      ...(cookieSecrets && { cookieSecrets }),
      ...this.#forwarding.parts,
      ...this.#tracedRecursor(),
      ...(identity && { identity }),
    };
  }

  #tracedRecursor(): { readonly recursor?: Recursor } {
    const { recursor } = this.#forwarding.parts;
    if (recursor === undefined || this.#tracer === undefined) return {};
    return { recursor: new TracedRecursor(recursor, this.#tracer, this.#options.traceSample ?? 1) };
  }

  #createResponder(): ZoneResponder {
    const { domains, tsigKeys: keys = [], answerBytes } = this.#options;
    return new ZoneResponder({
      domains,
      views: this.#overrides.views,
      ...this.#besidesZone,
      keys,
      transfers: this.#transfers,
      ...(answerBytes !== undefined && { answerBytes }),
      counters: this.#counters,
      log: this.#log,
      clock: this.#clock,
    });
  }

  #createFollower(): Follower {
    const { domains, ttl, negativeTtl, local, catchAll = false } = this.#options;
    const { elsewhere, apexes } = this.#overrides;
    return new Follower({
      store: this.#tracer === undefined ? this.#store : tracedStore(this.#store, this.#tracer),
      zone: { domains, ttl, negativeTtl, catchAll, elsewhere, apexes, ...(local !== undefined && { local }) },
      publish: (zone) => this.#responder.publish(zone),
      changed: () => this.#responder.changed(),
      log: this.#log,
      clock: this.#clock,
    });
  }

  #createNotifier(): Notifier {
    const { domains, notify: secondaries = [], tsigKeys = [] } = this.#options;
    return new Notifier({
      secondaries,
      domains,
      key: tsigKeys[0],
      follower: this.#follower,
      log: this.#log,
      clock: this.#clock,
    });
  }

  #createHttp(directory: Directory, skydns1: SkyDns1Api, metrics: Metrics): HttpServer {
    const { views } = this.#overrides;
    return restServer(this.#options, {
      store: this.#store,
      responder: this.#responder,
      explainer: new Explainer({ views, zone: () => this.#follower.zone, ...this.#besidesZone }),
      directory,
      skydns1,
      status: () => this.#instruments.status,
      traffic: this.#traffic,
      metrics,
      unready: () => this.unready,
      tracer: this.#tracer,
      log: this.#log,
    });
  }

  #createInstruments(): Instruments {
    const { domains, about } = this.#options;
    return new Instruments({
      domains,
      about,
      counters: this.#counters,
      responder: this.#responder,
      forwarding: this.#forwarding,
      follower: this.#follower,
      files: this.#overrides.files,
      unready: () => this.unready,
      transfers: this.#transfers,
      notifier: this.#notifier,
      tap: this.#tap,
      places: () => ({ dns: this.dnsAddresses, http: this.httpAddresses }),
      clock: this.#clock,
    });
  }

  #createReaper(skydns1: SkyDns1Api): Reaper {
    return new Reaper({
      store: this.#store,
      zone: () => this.#follower.zone,
      onWithdrawn: (registration) => skydns1.withdrawn(registration),
      log: this.#log,
      clock: this.#clock,
    });
  }

  #createListeners(): Listeners {
    const { dns, encrypted, proxies } = this.#options;
    return new Listeners({
      dns,
      encrypted,
      proxies,
      responder: this.#observed(),
      workers: this.#workers(),
      log: this.#log,
      clock: this.#clock,
    });
  }

  /** As they are started: nobody is answered before there is somebody to ask. They are closed in reverse. */
  #inOrder(reaper: Reaper): readonly Part[] {
    return [
      ...(this.#tap === undefined ? [] : [this.#tap]),
      this.#follower,
      this.#overrides.files,
      reaper,
      this.#http,
      this.#forwarding,
      new Ticker(() => this.#tick(), this.#clock),
      this.#listeners,
      this.#notifier,
      this.#traffic,
    ];
  }

  #tick(): void {
    this.#responder.tick();
    this.#forwarding.tick();
  }

  /** Starts everything and says where it is served; the store may still be out of reach then. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#lifecycle.start(signal);
    const { domains } = this.#options;
    const { dns, dot, doh } = this.#listeners;
    this.#log.info('serving', {
      domains,
      dns: dns.map(formatSocketAddress),
      dot: dot.map(formatSocketAddress),
      doh: doh.map(formatSocketAddress),
      http: this.httpAddresses.map(formatSocketAddress),
      upstreams: this.#forwarding.upstreams,
    });
    this.#forwarding.probe();
    if (this.#options.token === undefined) this.#tellWriters();
  }

  #tellWriters(): void {
    this.#log.info('there is no token: writes by REST are taken from these networks alone', {
      networks: this.#options.allowWrite.map(networkText),
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#lifecycle.close();
  }

  get dnsAddresses(): readonly SocketAddress[] {
    return this.#listeners.dns;
  }

  get dotAddresses(): readonly SocketAddress[] {
    return this.#listeners.dot;
  }

  get dohAddresses(): readonly SocketAddress[] {
    return this.#listeners.doh;
  }

  get httpAddresses(): readonly SocketAddress[] {
    return this.#http.addresses;
  }

  /** Why it is not ready, or undefined when it is. */
  get unready(): string | undefined {
    if (this.#closing) return 'it is being stopped';
    return this.#follower.zone === undefined ? 'the store has not been read yet' : undefined;
  }

  /** What answers, and all that listens to it. */
  #observed(): Responder {
    const { queryLog: every } = this.#options;
    const timed = new Timed(this.#responder, this.#counters, this.#clock);
    const tapped = this.#tap?.around(timed) ?? timed;
    if (every === undefined) return tapped;
    return new QueryLog(tapped, { every, log: this.#log, clock: this.#clock });
  }

  #workers(): Workers | undefined {
    const { udpThreads: threads = 0, queryLog } = this.#options;
    const { clients } = this.#forwarding;
    return usualWorkers({
      threads,
      responder: this.#responder,
      counters: this.#counters,
      clients,
      relays: clients && this.#relays,
      observed: this.#tap === undefined ? queryLog : 1,
      log: this.#log,
      clock: this.#clock,
    });
  }
}
