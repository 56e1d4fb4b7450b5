import type { OwnerName } from '@callsign/catalog';
import {
  type Clock,
  formatSocketAddress,
  type Log,
  type Metrics,
  type Part,
  type SocketAddress,
} from '@callsign/daemon';
import {
  ANSWER_KINDS,
  type AnswerKind,
  type BestUpstream,
  ForwardCache,
  Forwarder,
  type ForwarderOptions,
  type Network,
  networkText,
  type Recursor,
  type Relays,
  ResolvConf,
  StubRoutes,
  type UpstreamExchange,
} from '@callsign/dns';
import { NAMESERVER_METRICS as METRICS } from '../metrics.ts';
import { isOurselves } from './ourselves.ts';
import { RecursionRights } from './recursion-rights.ts';
import { byZone, type Stub } from './stub.ts';
import { UpstreamDurations } from './upstream-durations.ts';

const EVERYBODY = ['::/0'];

export interface ForwardingOptions {
  /** Whom to ask for names that are not ours; none: such names are refused. */
  readonly upstreams: readonly SocketAddress[];
  /** A file to take the upstreams from instead, whenever it changes. */
  readonly resolvConf?: string;
  readonly stubs: readonly Stub[];
  /** Who may have us ask others; absent: everyone. */
  readonly allowRecursion?: readonly Network[];
  /** Bytes that upstream answers may take; 0 keeps none. */
  readonly forwardCache: number;
  /** Seconds for which an answer may be given after its time when there is no other; 0: never. */
  readonly serveStale: number;
  readonly domains: readonly OwnerName[];
  readonly dns: readonly SocketAddress[];
}

export interface ForwardingParts {
  readonly log: Log;
  readonly clock: Clock;
  readonly listener?: UpstreamListener | undefined;
  /** Threads that ask the upstreams of all names by themselves; absent: none does. */
  readonly relays?: Relays | undefined;
}

/** How many answers threads have given again, and how many questions they have taken to an upstream. */
export interface CountedElsewhere {
  repeated(kind: AnswerKind): number;
  readonly relayed: number;
}

/** Told of every question and probe that an upstream was sent, when it is over. */
export type UpstreamListener = (exchange: UpstreamExchange) => void;

/** Everything about names that are not ours: upstreams, stubs, the cache before them, and who may use them. */
export class Forwarding implements Part {
  readonly name = 'forwarding';
  readonly #options: ForwardingOptions;
  readonly #log: Log;
  readonly #listener: UpstreamListener | undefined;
  readonly #relays: Relays | undefined;
  readonly #default: Forwarder;
  readonly #stubs: readonly Forwarder[];
  readonly #cache: ForwardCache;
  readonly #resolvConf: ResolvConf | undefined;
  readonly #rights: RecursionRights | undefined;
  /** By zone and upstream. */
  readonly #durations = new Map<string, UpstreamDurations>();

  constructor(options: ForwardingOptions, { log, clock, listener, relays }: ForwardingParts) {
    const { upstreams, resolvConf: path, stubs, serveStale, allowRecursion } = options;
    this.#options = options;
    this.#log = log;
    this.#listener = listener;
    this.#relays = relays;
    const forwarder = (zone: string, all: readonly SocketAddress[], rest: ForwarderOptions = {}) =>
      new Forwarder({
        zone,
        upstreams: this.#others(all),
        onExchange: (exchange) => this.#heard(zone, exchange),
        log,
        clock,
        ...rest,
      });
    const beside = relays && { onBest: (best: BestUpstream) => relays.point(best), siblings: relays };
    this.#default = forwarder('.', upstreams, beside);
    this.#stubs = [...byZone(stubs)].map(([zone, all]) => forwarder(zone, all));
    const routes = this.#stubs.map((recursor) => ({ zone: recursor.zone, recursor }));
    const bytes = options.forwardCache - (relays?.most ?? 0);
    const keeping = { bytes, serveStale, siblings: relays, clock };
    this.#cache = new ForwardCache(new StubRoutes(routes, this.#default), keeping);
    this.#rights = allowRecursion && new RecursionRights(allowRecursion);
    const onChange = (servers: readonly SocketAddress[]) => this.#use(servers);
    this.#resolvConf = path === undefined ? undefined : new ResolvConf({ path, onChange, log, clock });
  }

  /** What the responder needs: nothing at all where nothing is ever forwarded. */
  get parts(): {
    readonly recursor?: Recursor;
    readonly mayRecurse?: (peer: string) => boolean;
  } {
    const rights = this.#rights;
    const nobody =
      this.#resolvConf === undefined && this.#forwarders.every(({ upstreams }) => upstreams.length === 0);
    return {
      ...(!nobody && { recursor: this.#cache }),
      ...(rights && { mayRecurse: (peer) => rights.may(peer) }),
    };
  }

  /** The networks of those for whom others are asked; undefined when nothing is ever forwarded. */
  get clients(): readonly string[] | undefined {
    return this.parts.recursor && (this.#options.allowRecursion?.map(networkText) ?? EVERYBODY);
  }

  get upstreams(): readonly string[] {
    return this.#default.upstreams.map(({ name }) => name);
  }

  /** What is known of the answers of upstreams that are kept, but for what threads answer by themselves. */
  get cache(): Pick<ForwardCache, 'hits' | 'misses' | 'bytes'> {
    const { hits, misses } = this.#cache;
    return { hits, misses, bytes: this.cacheBytes };
  }

  get cacheBytes(): number {
    return this.#cache.bytes + (this.#relays?.bytes ?? 0);
  }

  async start(): Promise<void> {
    await this.#resolvConf?.start();
  }

  /** To be called once questions can reach us. */
  probe(): void {
    for (const forwarder of this.#forwarders) forwarder.start();
  }

  /** To be called once a second: what threads have seen of upstreams is told here. */
  tick(): void {
    for (const [upstream, ms] of this.#relays?.newRoundTrips() ?? []) this.#default.heard(upstream, ms);
  }

  async close(): Promise<void> {
    await this.#resolvConf?.close();
    for (const forwarder of this.#forwarders) forwarder.close();
  }

  /** @param counted what threads have answered without the cache's being asked */
  measure(metrics: Metrics, counted: CountedElsewhere): void {
    this.#measureCache(metrics, counted);
    metrics.distributed(METRICS.upstreamSeconds, () => this.#readDurations());
    metrics.counted(METRICS.upstreamRequests, () => this.#count('asked'));
    metrics.counted(METRICS.upstreamFailures, () => this.#each(({ failed }) => failed));
    metrics.counted(METRICS.upstreamDropped, () => this.#count('dropped'));
    metrics.counted(METRICS.upstreamRejects, () =>
      this.#forwarders.map(({ rejected, zone }) => [rejected, { zone }]),
    );
    metrics.counted(METRICS.upstreamFailuresRepeated, () =>
      this.#forwarders.map(({ failuresRepeated, zone }) => [failuresRepeated, { zone }]),
    );
    metrics.measured(METRICS.upstreamHealthy, () => this.#each(({ healthy }) => (healthy ? 1 : 0)));
    metrics.measured(METRICS.upstreamLoops, () => this.#each(({ standing }) => (standing.loops ? 1 : 0)));
    metrics.measured(METRICS.upstreamRoundTrip, () =>
      this.#each(({ standing }) => standing.roundTrip / 1_000),
    );
  }

  #measureCache(metrics: Metrics, counted: CountedElsewhere): void {
    const cache = this.#cache;
    const relays = this.#relays;
    const byKind = (count: (type: AnswerKind) => number) =>
      ANSWER_KINDS.map((type) => [count(type), { type }] as const);
    const all = () => ANSWER_KINDS.reduce((sum, kind) => sum + counted.repeated(kind), cache.requests);
    metrics.counted(METRICS.cacheRequests, () => [[all() + counted.relayed, {}]]);
    metrics.counted(METRICS.cacheHits, () =>
      byKind((type) => cache.hitsByKind[type] + counted.repeated(type)),
    );
    metrics.counted(METRICS.cacheMisses, () => [[cache.misses + counted.relayed, {}]]);
    metrics.measured(METRICS.cacheEntries, () =>
      byKind((type) => cache.entriesByKind[type] + (relays?.kept(type) ?? 0)),
    );
    metrics.measured(METRICS.cacheBytes, () => [[this.cacheBytes, {}]]);
    metrics.counted(METRICS.cacheEvictions, () =>
      byKind((type) => cache.evictionsByKind[type] + (relays?.evicted(type) ?? 0)),
    );
    metrics.counted(METRICS.cachePrefetches, () => [[cache.prefetches, {}]]);
    metrics.counted(METRICS.cacheStale, () => [[cache.stale, {}]]);
  }

  /** Of each upstream: what this thread has counted, and those that ask by themselves. */
  #count(what: 'asked' | 'dropped') {
    const relays = this.#relays;
    return this.#each((upstream, zone) => {
      const elsewhere = zone === '.' ? (relays?.counted(upstream.name, what) ?? 0) : 0;
      return upstream[what] + elsewhere;
    });
  }

  #readDurations() {
    const relays = this.#relays;
    for (const to of relays?.upstreams ?? []) this.#durationsOf('.', to);
    return [...this.#durations.values()].flatMap((one) =>
      one.read((rcode) => (one.zone === '.' ? (relays?.durations(one.to, rcode) ?? []) : [])),
    );
  }

  #heard(zone: string, exchange: UpstreamExchange): void {
    this.#listener?.(exchange);
    const { at, answer, ms } = exchange;
    if (answer === undefined) return;
    this.#durationsOf(zone, formatSocketAddress(at)).observe((answer[3] as number) & 15, ms / 1_000);
  }

  #durationsOf(zone: string, to: string): UpstreamDurations {
    const key = `${zone} ${to}`;
    const known = this.#durations.get(key) ?? new UpstreamDurations(zone, to);
    this.#durations.set(key, known);
    return known;
  }

  get #forwarders(): readonly Forwarder[] {
    return [this.#default, ...this.#stubs];
  }

  *#each(read: (upstream: Forwarder['upstreams'][number], zone: string) => number) {
    for (const { zone, upstreams } of this.#forwarders) {
      for (const upstream of upstreams) yield [read(upstream, zone), { to: upstream.name, zone }] as const;
    }
  }

  #use(servers: readonly SocketAddress[]): void {
    this.#default.use(this.#others(servers));
    this.#log.info('the upstreams', { from: this.#options.resolvConf, upstreams: this.upstreams });
  }

  /** An upstream that is this server would ask itself for ever: it is left out, and said so. */
  #others(upstreams: readonly SocketAddress[]): SocketAddress[] {
    const isSelf = (upstream: SocketAddress) => isOurselves(upstream, this.#options.dns);
    for (const self of upstreams.filter(isSelf)) {
      this.#log.warn('an upstream is this server itself and is left out', {
        upstream: formatSocketAddress(self),
      });
    }
    return upstreams.filter((upstream) => !isSelf(upstream));
  }
}
