import { extname } from 'node:path';
import type { OwnerName, Store } from '@callsign/catalog';
import {
  type Clock,
  describe,
  formatSocketAddress,
  HttpServer,
  healthRoutes,
  type Labels,
  Lifecycle,
  type ListenAt,
  type Log,
  type Metrics,
  type Part,
  type SocketAddress,
  systemClock,
  type Tracer,
  tracedRoutes,
} from '@callsign/daemon';
import {
  type EndpointAt,
  type Network,
  Networks,
  networkText,
  type Recursor,
  type Responder,
  type TsigKey,
  type Workers,
} from '@callsign/dns';
import type { Identity } from './answer/chaos.ts';
import { DnsCounters } from './answer/counters.ts';
import { Explainer } from './answer/explain.ts';
import { QueryLog } from './answer/query-log.ts';
import { ZoneResponder } from './answer/responder.ts';
import { Ticker } from './answer/ticker.ts';
import { Timed } from './answer/timed.ts';
import type { WorkerData } from './answer/worker.ts';
import { dashboardRoutes } from './api/dashboard.ts';
import { Directory } from './api/directory.ts';
import { dnsdockRoutes } from './api/dnsdock.ts';
import { guardFor } from './api/guard.ts';
import { openApi } from './api/openapi/document.ts';
import { apiRoutes } from './api/routes.ts';
import { SkyDns1Api, skydns1Routes } from './api/skydns1.ts';
import { queriesOf, type Status } from './api/status.ts';
import { everywhere } from './everywhere.ts';
import { Follower } from './follow/follower.ts';
import { Reaper } from './follow/reaper.ts';
import { Forwarding, type ForwardingOptions } from './forwarding/forwarding.ts';
import { claimsOfStubs } from './forwarding/stub.ts';
import { type EncryptedOptions, Listeners } from './listeners.ts';
import { NAMESERVER_METRICS as METRICS } from './metrics.ts';
import { NO_OVERRIDES, type OverrideOptions, type Overrides, openOverrides } from './static/overrides.ts';
import type { TapIdentity } from './tap/dnstap.ts';
import { Tap } from './tap/tap.ts';
import type { TapAddress } from './tap/tap-address.ts';
import { TracedRecursor } from './trace/traced-recursor.ts';
import { tracedStore } from './trace/traced-store.ts';
import { TrafficRecorder } from './traffic/recorder.ts';
import type { Reading } from './traffic/sample.ts';
import { Notifier } from './transfer/notifier.ts';
import { Transfers } from './transfer/transfers.ts';

/** By itself, so that a thread loads no more than it needs. */
const WORKER_MODULE = new URL(`./answer/worker${extname(import.meta.url)}`, import.meta.url).href;

export interface NameserverOptions extends ForwardingOptions {
  readonly dns: readonly EndpointAt[];
  /** Absent: neither DNS over TLS nor over HTTPS. */
  readonly encrypted?: EncryptedOptions | undefined;
  /** Networks of proxies that say by PROXY protocol whose questions theirs are. */
  readonly proxies?: Networks | undefined;
  readonly http: readonly ListenAt[];
  /** Seconds. */
  readonly ttl: number;
  /** Seconds. */
  readonly negativeTtl: number;
  /** What `local.dns` below each domain stands for. */
  readonly local?: OwnerName;
  /** True: any name below a service's own answers as the service does. */
  readonly catchAll?: boolean;
  /** What writes need; without one they are taken from `allowWrite` alone. */
  readonly token?: string;
  readonly allowWrite: readonly Network[];
  /** True: SkyDNS 1's API is not served. */
  readonly noSkydns1?: boolean;
  /** True: dnsdock's API is not served. */
  readonly noDnsdock?: boolean;
  /** True: the dashboard is not served. */
  readonly noDashboard?: boolean;
  /** What `/v1/status` tells of this program and of where its records are kept. */
  readonly about?: { readonly version: string; readonly store: string };
  /** What DNS cookies are made with, 16 bytes each, the current one first; absent: a random one. */
  readonly cookieSecrets?: readonly Buffer[];
  /** What `version.bind`, `id.server` and NSID tell; absent: they are refused. */
  readonly identity?: Identity;
  /** Threads that answer over UDP; 0: the main one does. */
  readonly udpThreads?: number;
  /** One query of so many is logged; absent: none is. */
  readonly queryLog?: number;
  /** One question of so many that are passed on is traced. */
  readonly traceSample?: number;
  /** Who is told of every message, and as whose; absent: nobody. */
  readonly dnstap?: { readonly at: TapAddress; readonly identity: TapIdentity };
  /** Who may transfer whole zones; empty: nobody. */
  readonly allowTransfer?: readonly Network[];
  /** What queries may be signed with; when there is one, transfers have to be, and NOTIFY is signed with the first. */
  readonly tsigKeys?: readonly TsigKey[];
  /** The secondaries that are told of changes. */
  readonly notify?: readonly SocketAddress[];
  /** Static zones, views and presets; absent: none. */
  readonly overrides?: OverrideOptions;
}

export interface NameserverParts {
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** Told of batches, requests and questions that are passed on; absent: nobody is. */
  readonly tracer?: Tracer | undefined;
}

/** store -> zone -> answers, and the REST API beside it. Does not close the store: who opened it does. */
export class Nameserver implements Part {
  readonly name = 'nameserver';
  readonly #options: NameserverOptions;
  readonly #store: Store;
  readonly #log: Log;
  readonly #counters = new DnsCounters();
  readonly #responder: ZoneResponder;
  readonly #forwarding: Forwarding;
  readonly #tap: Tap | undefined;
  readonly #overrides: Overrides;
  readonly #follower: Follower;
  readonly #transfers: Transfers;
  readonly #notifier: Notifier;
  readonly #traffic: TrafficRecorder;
  readonly #http: HttpServer;
  readonly #lifecycle: Lifecycle;
  readonly #listeners: Listeners;
  readonly #clock: Clock;
  readonly #tracer: Tracer | undefined;
  readonly #startedAt: number;
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
    this.#startedAt = clock.monotonic();
    this.#tap = options.dnstap && new Tap({ ...options.dnstap, log, clock });
    this.#forwarding = new Forwarding(options, log, clock, this.#tap?.forwarded.bind(this.#tap));
    const reading = { ttl, negativeTtl, log, clock };
    const stubs = claimsOfStubs(options.stubs);
    this.#overrides = openOverrides(options.overrides ?? NO_OVERRIDES, domains, reading, stubs);
    const access = { networks: new Networks(allowTransfer), signed: tsigKeys.length > 0 };
    this.#transfers = new Transfers({ domains, access, log });
    this.#responder = this.#createResponder();
    this.#follower = this.#createFollower();
    this.#notifier = this.#createNotifier();
    this.#traffic = new TrafficRecorder(() => this.#reading, clock);
    const directory = new Directory(store, this.#follower);
    const skydns1 = new SkyDns1Api(directory, clock, log);
    this.#http = this.#createHttp(directory, skydns1, metrics);
    this.#listeners = this.#createListeners();
    this.#lifecycle = new Lifecycle(this.name, this.#inOrder(this.#createReaper(skydns1)), log);
    this.#measure(metrics);
  }

  /** What is told of an answer that is not ours alone, to clients and to whoever asks where it comes from. */
  get #told() {
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
    const { domains, tsigKeys: keys = [] } = this.#options;
    const transferring = { keys, transfers: this.#transfers, clock: this.#clock };
    const answering = { counters: this.#counters, domains, views: this.#overrides.views };
    return new ZoneResponder({ log: this.#log, ...answering, ...this.#told, ...transferring });
  }

  #createFollower(): Follower {
    const { domains, ttl, negativeTtl, local, catchAll = false } = this.#options;
    const { elsewhere } = this.#overrides;
    const zone = { domains, ttl, negativeTtl, catchAll, elsewhere, ...(local !== undefined && { local }) };
    const publish = this.#responder.publish.bind(this.#responder);
    const changed = this.#responder.changed.bind(this.#responder);
    const store = this.#tracer === undefined ? this.#store : tracedStore(this.#store, this.#tracer);
    return new Follower({ store, zone, log: this.#log, publish, changed, clock: this.#clock });
  }

  #createNotifier(): Notifier {
    const { domains, notify: secondaries = [], tsigKeys = [] } = this.#options;
    const telling = { secondaries, domains, key: tsigKeys[0], follower: this.#follower };
    return new Notifier({ ...telling, log: this.#log, clock: this.#clock });
  }

  #createHttp(directory: Directory, skydns1: SkyDns1Api, metrics: Metrics): HttpServer {
    const { token, allowWrite, domains, http, noSkydns1, noDnsdock, noDashboard } = this.#options;
    const { views } = this.#overrides;
    const explainer = new Explainer({ views, zone: () => this.#follower.zone, ...this.#told });
    const told = { status: () => this.status, traffic: this.#traffic };
    const api = { directory, store: this.#store, responder: this.#responder, explainer, ...told };
    const spoken = [
      ...apiRoutes({ ...api, document: openApi(this.#options) }),
      ...(noSkydns1 ? [] : skydns1Routes(skydns1)),
      ...(noDnsdock ? [] : dnsdockRoutes(directory)),
    ];
    const routes = [
      ...healthRoutes(() => this.unready, metrics),
      ...(this.#tracer === undefined ? spoken : tracedRoutes(spoken, this.#tracer)),
      ...(noDashboard ? [] : dashboardRoutes()),
    ];
    const guard = guardFor({ token, writers: new Networks(allowWrite), domains });
    return new HttpServer({ listen: http.map(everywhere), routes, log: this.#log, guard });
  }

  #createReaper(skydns1: SkyDns1Api): Reaper {
    const onWithdrawn = skydns1.withdrawn.bind(skydns1);
    const zone = () => this.#follower.zone;
    return new Reaper({ store: this.#store, zone, log: this.#log, onWithdrawn, clock: this.#clock });
  }

  #createListeners(): Listeners {
    const { dns, encrypted, proxies } = this.#options;
    const responder = this.#observed();
    const listening = { dns, encrypted, proxies, responder, workers: this.#workers() };
    return new Listeners({ ...listening, log: this.#log, clock: this.#clock });
  }

  /** As they are started: nobody is answered before there is somebody to ask. They are closed in reverse. */
  #inOrder(reaper: Reaper): readonly Part[] {
    const { files } = this.#overrides;
    const ticker = new Ticker(() => this.#responder.tick(), this.#clock);
    const serving = [this.#http, this.#forwarding, ticker, this.#listeners];
    const tap = this.#tap === undefined ? [] : [this.#tap];
    return [...tap, this.#follower, files, reaper, ...serving, this.#notifier, this.#traffic];
  }

  /** Starts everything and says where it is served; the store may still be out of reach then. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#lifecycle.start(signal);
    const { domains } = this.#options;
    const { dns, dot, doh } = this.#listeners;
    const at = { dns, dot, doh, http: this.httpAddresses };
    const written = Object.entries(at).map(([what, all]) => [what, all.map(formatSocketAddress)]);
    this.#log.info('serving', {
      domains,
      ...Object.fromEntries(written),
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

  get status(): Status {
    const { domains, about } = this.#options;
    const { unready } = this;
    const { zone, age } = this.#follower;
    const counters = this.#counters;
    return {
      version: about?.version ?? '',
      domains,
      ready: unready === undefined,
      ...(unready !== undefined && { unready }),
      revision: zone?.revision ?? 0,
      records: zone?.size ?? 0,
      ...(zone !== undefined && { ageSeconds: seconds(age) }),
      store: about?.store ?? '',
      dns: this.dnsAddresses.map(formatSocketAddress),
      http: this.httpAddresses.map(formatSocketAddress),
      upstreams: this.#forwarding.upstreams,
      queries: queriesOf(counters),
      forwarded: counters.forwarded,
      cache: this.#cache,
      uptimeSeconds: seconds(this.#clock.monotonic() - this.#startedAt),
    };
  }

  /** Of the answers of upstreams, those that were given again without asking the forwarder included. */
  get #cache(): Status['cache'] {
    const { hits, misses, bytes } = this.#forwarding.cache;
    const repeated = this.#counters.repeated('success') + this.#counters.repeated('denial');
    return { hits: hits + repeated, misses, bytes };
  }

  /** What has been counted so far. */
  get #reading(): Reading {
    const { total: queries, byRcode } = queriesOf(this.#counters);
    const { durations } = this.#counters;
    return { at: this.#clock.monotonic(), queries, byRcode, cache: this.#cache, durations };
  }

  /** What answers, and all that listens to it. */
  #observed(): Responder {
    const { queryLog: every } = this.#options;
    const timed = new Timed(this.#responder, this.#counters, this.#clock);
    const tapped = this.#tap?.around(timed) ?? timed;
    if (every === undefined) return tapped;
    return new QueryLog(tapped, { every, log: this.#log, clock: this.#clock });
  }

  /** Answers that depend on who asks are not for threads that know no clients. */
  #workers(): Workers | undefined {
    const { udpThreads: threads = 0, queryLog } = this.#options;
    const observed = this.#tap === undefined ? queryLog : 1;
    const { usualAnswers: answers } = this.#responder;
    const { clients: recursion } = this.#forwarding;
    if (threads === 0 || answers === undefined) return undefined;
    const data = (): WorkerData => ({
      answers,
      reader: this.#responder.addReader(),
      counters: this.#counters.another().memory,
      ...(recursion && { recursion }),
      ...(observed !== undefined && { observed }),
    });
    const onFault = (error: unknown) =>
      this.#log.error('a thread that answers over UDP has failed: another one takes its place', {
        error: describe(error),
      });
    return { threads, module: WORKER_MODULE, data, onFault, clock: this.#clock };
  }

  #changedAt(): readonly (readonly [number, Labels])[] {
    const { zone, age } = this.#follower;
    return zone === undefined ? [] : [[(this.#clock.now() - Math.floor(age)) / 1_000, {}]];
  }

  #measure(metrics: Metrics): void {
    const counters = this.#counters;
    const zone = () => this.#follower.zone;
    metrics.counted(METRICS.requests, () => counters.requests());
    metrics.counted(METRICS.responses, () => counters.responses());
    metrics.distributed(METRICS.seconds, () => counters.durations);
    metrics.counted(METRICS.dropped, () => [[counters.dropped, {}]]);
    this.#listeners.measure(metrics);
    metrics.counted(METRICS.finished, () => [[counters.finished, {}]]);
    metrics.measured(METRICS.cached, () => [[this.#responder.finishedAnswers, {}]]);
    metrics.counted(METRICS.recursion, () => [[counters.forwarded, {}]]);
    metrics.counted(METRICS.recursionFailed, () => [[counters.forwardFailed, {}]]);
    metrics.counted(METRICS.recursionRefused, () => [[counters.recursionRefused, {}]]);
    this.#forwarding.measure(metrics, (kind) => counters.repeated(kind));
    metrics.counted(METRICS.transfers, () => this.#transfers.counted());
    metrics.counted(METRICS.notifySent, () => [[this.#notifier.sent, {}]]);
    metrics.counted(METRICS.notifyFailed, () => [[this.#notifier.failed, {}]]);
    metrics.counted(METRICS.tapSent, () => [[this.#tap?.counts.sent ?? 0, {}]]);
    metrics.counted(METRICS.tapDropped, () => [[this.#tap?.counts.dropped ?? 0, {}]]);
    metrics.measured(METRICS.ready, () => [[this.unready === undefined ? 1 : 0, {}]]);
    metrics.measured(METRICS.records, () => [[zone()?.size ?? 0, {}]]);
    metrics.measured(METRICS.revision, () => [[zone()?.revision ?? 0, {}]]);
    metrics.measured(METRICS.changed, () => this.#changedAt());
    metrics.counted(METRICS.refused, () => [[this.#follower.refused, {}]]);
    metrics.measured(METRICS.refusedFiles, () => [[this.#overrides.files.refused, {}]]);
  }
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
