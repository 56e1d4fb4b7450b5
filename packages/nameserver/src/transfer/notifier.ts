import type { OwnerName } from '@callsign/catalog';
import {
  type Clock,
  describe,
  formatSocketAddress,
  type Log,
  Once,
  type Part,
  retry,
  type SocketAddress,
} from '@callsign/daemon';
import type { TsigKey } from '@callsign/dns';
import type { Follower } from '../follow/follower.ts';
import { soaOf } from '../zone/soa.ts';
import type { Zone } from '../zone/zone.ts';
import { notify } from './notify.ts';

/** Milliseconds in which many changes are told as one. */
const GATHER_MS = 1_000;
/** Milliseconds that a secondary has to answer. */
const ANSWER_MS = 2_000;
/** Milliseconds before it is said again to one that has not answered: for as long as it takes. */
const AGAIN = { first: 1_000, most: 60_000 };

export interface NotifierOptions {
  readonly secondaries: readonly SocketAddress[];
  readonly domains: readonly OwnerName[];
  /** What the messages are signed with. */
  readonly key: TsigKey | undefined;
  readonly follower: Follower;
  readonly log: Log;
  readonly clock: Clock;
}

/** Tells the secondaries of each change (RFC 1996), each of them until it has answered. */
export class Notifier implements Part {
  readonly name = 'notify';
  readonly #options: NotifierOptions;
  readonly #closing = new AbortController();
  readonly #once = new Once();
  #running: Promise<void> = Promise.resolve();
  sent = 0;
  failed = 0;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#options.secondaries.length > 0) this.#running = this.#run(this.#closing.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  /** What is told of a newer revision stands for all older ones. */
  async #run(signal: AbortSignal): Promise<void> {
    const { follower, clock } = this.#options;
    let overtaken = new AbortController();
    let telling: Promise<unknown> = Promise.resolve();
    for (let told: number | undefined; await follower.left(told, signal); ) {
      const zone = follower.zone as Zone;
      told = zone.revision;
      overtaken.abort();
      overtaken = new AbortController();
      telling = this.#tellAll(zone, AbortSignal.any([signal, overtaken.signal]));
      await clock.sleep(GATHER_MS, signal).catch(() => undefined);
    }
    await telling;
  }

  async #tellAll(zone: Zone, signal: AbortSignal): Promise<void> {
    const { secondaries, domains } = this.#options;
    const pairs = secondaries.flatMap((at) => domains.map((domain) => [at, domain] as const));
    await Promise.all(pairs.map(([at, domain]) => this.#tell(at, domain, zone, signal)));
  }

  async #tell(at: SocketAddress, domain: OwnerName, zone: Zone, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const onFailure = (error: unknown) => this.#report(at, domain, error);
    try {
      await retry(() => this.#tellOnce(at, domain, zone, signal), {
        signal,
        backoff: AGAIN,
        clock,
        onFailure,
      });
      this.#once.forget(`${formatSocketAddress(at)} ${domain}`);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #tellOnce(at: SocketAddress, domain: OwnerName, zone: Zone, signal: AbortSignal): Promise<void> {
    this.sent += 1;
    const late = AbortSignal.timeout(ANSWER_MS);
    await notify(at, soaOf(zone, domain), this.#options.key, AbortSignal.any([signal, late]));
  }

  /** One that stays away is named once. */
  #report(at: SocketAddress, domain: OwnerName, error: unknown): void {
    this.failed += 1;
    const secondary = formatSocketAddress(at);
    if (!this.#once.first(`${secondary} ${domain}`, '')) return;
    this.#options.log.warn('a secondary does not take NOTIFY: it is told again until it does', {
      secondary,
      zone: domain,
      error: describe(error),
    });
  }
}
