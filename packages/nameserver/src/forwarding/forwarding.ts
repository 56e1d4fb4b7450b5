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
  ForwardCache,
  Forwarder,
  type Network,
  networkText,
  type Recursor,
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

/** Told of every question and probe that an upstream was sent, when it is over. */
export type UpstreamListener = (exchange: UpstreamExchange) => void;

/** Everything about names that are not ours: upstreams, stubs, the cache before them, and who may use them. */
export class Forwarding implements Part {
  readonly name = 'forwarding';
  readonly #options: ForwardingOptions;
  readonly #log: Log;
  readonly #listener: UpstreamListener | undefined;
  readonly #default: Forwarder;
  readonly #stubs: readonly Forwarder[];
  readonly #cache: ForwardCache;
  readonly #resolvConf: ResolvConf | undefined;
  readonly #rights: RecursionRights | undefined;
  /** By zone and upstream. */
  readonly #durations = new Map<string, UpstreamDurations>();

  constructor(options: ForwardingOptions, log: Log, clock: Clock, listener?: UpstreamListener) {
    const { upstreams, resolvConf: path, stubs, forwardCache: bytes, serveStale, allowRecursion } = options;
    this.#options = options;
    this.#log = log;
    this.#listener = listener;
    const forwarder = (zone: string, all: readonly SocketAddress[]) =>
      new Forwarder({
        zone,
        upstreams: this.#others(all),
        onExchange: (exchange) => this.#heard(zone, exchange),
        log,
        clock,
      });
    this.#default = forwarder('.', upstreams);
    this.#stubs = [...byZone(stubs)].map(([zone, all]) => forwarder(zone, all));
    const routes = this.#stubs.map((recursor) => ({ zone: recursor.zone, recursor }));
    this.#cache = new ForwardCache(new StubRoutes(routes, this.#default), { bytes, serveStale, clock });
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

  /** What is known of the answers of upstreams that are kept. */
  get cache(): Pick<ForwardCache, 'hits' | 'misses' | 'bytes'> {
    return this.#cache;
  }

  async start(): Promise<void> {
    await this.#resolvConf?.start();
  }

  /** To be called once questions can reach us. */
  probe(): void {
    for (const forwarder of this.#forwarders) forwarder.start();
  }

  async close(): Promise<void> {
    await this.#resolvConf?.close();
    for (const forwarder of this.#forwarders) forwarder.close();
  }

  /** @param repeated how many answers were given again without the cache's being asked */
  measure(metrics: Metrics, repeated: (kind: AnswerKind) => number): void {
    this.#measureCache(metrics, repeated);
    metrics.distributed(METRICS.upstreamSeconds, () =>
      [...this.#durations.values()].flatMap((one) => one.read()),
    );
    metrics.counted(METRICS.upstreamRequests, () => this.#each(({ asked }) => asked));
    metrics.counted(METRICS.upstreamFailures, () => this.#each(({ failed }) => failed));
    metrics.counted(METRICS.upstreamDropped, () => this.#each(({ dropped }) => dropped));
    metrics.counted(METRICS.upstreamRejects, () =>
      this.#forwarders.map(({ rejected, zone }) => [rejected, { zone }]),
    );
    metrics.measured(METRICS.upstreamHealthy, () => this.#each(({ healthy }) => (healthy ? 1 : 0)));
    metrics.measured(METRICS.upstreamLoops, () => this.#each(({ standing }) => (standing.loops ? 1 : 0)));
    metrics.measured(METRICS.upstreamRoundTrip, () =>
      this.#each(({ standing }) => standing.roundTrip / 1_000),
    );
  }

  #measureCache(metrics: Metrics, repeated: (kind: AnswerKind) => number): void {
    const cache = this.#cache;
    const byKind = (counts: Readonly<Record<AnswerKind, number>>) =>
      ANSWER_KINDS.map((type) => [counts[type], { type }] as const);
    const hits = () =>
      ANSWER_KINDS.map((type) => [cache.hitsByKind[type] + repeated(type), { type }] as const);
    const all = () => ANSWER_KINDS.reduce((sum, kind) => sum + repeated(kind), cache.requests);
    metrics.counted(METRICS.cacheRequests, () => [[all(), {}]]);
    metrics.counted(METRICS.cacheHits, hits);
    metrics.counted(METRICS.cacheMisses, () => [[cache.misses, {}]]);
    metrics.measured(METRICS.cacheEntries, () => byKind(cache.entriesByKind));
    metrics.measured(METRICS.cacheBytes, () => [[cache.bytes, {}]]);
    metrics.counted(METRICS.cacheEvictions, () => byKind(cache.evictionsByKind));
    metrics.counted(METRICS.cachePrefetches, () => [[cache.prefetches, {}]]);
    metrics.counted(METRICS.cacheStale, () => [[cache.stale, {}]]);
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

  *#each(read: (upstream: Forwarder['upstreams'][number]) => number) {
    for (const { zone, upstreams } of this.#forwarders) {
      for (const upstream of upstreams) yield [read(upstream), { to: upstream.name, zone }] as const;
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
