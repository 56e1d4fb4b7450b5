import type { Lease, Store } from '@callsign/catalog';
import { describe, type Log } from '@callsign/daemon';
import type { RegistrarMetrics } from '../metrics.ts';

export interface LeaseKeeperOptions {
  readonly store: Pick<Store, 'grant'>;
  /** Seconds. */
  readonly ttl: number;
  readonly beat: number;
  readonly log: Log;
  readonly metrics: RegistrarMetrics;
  /** Told when the lease has gone, and everything that was bound to it. */
  readonly onLost: () => void;
}

/** The registrar's one lease: granted when it is first needed, and anew when it is lost. */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  #lease: Promise<Lease> | undefined;
  #closed = false;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** The lease to bind records to. */
  hold(): Promise<Lease> {
    this.#lease ??= this.#grant();
    return this.#lease;
  }

  /** Lets go of a lease that the store no longer knows; of any other one nothing happens. */
  async lost(id: string, reason: unknown): Promise<void> {
    const lease = await this.#lease?.catch(() => undefined);
    if (lease?.id !== id || this.#closed) return;
    this.#lease = undefined;
    this.#options.metrics.leasesLost.add();
    this.#options.log.warn('the lease is lost: a new one is taken and everything is published again', {
      lease: id,
      error: describe(reason),
    });
    await lease.release().catch(() => undefined);
    this.#options.onLost();
  }

  /** Stops renewing without revoking, so that the names still answer while a successor starts. */
  async close(): Promise<void> {
    this.#closed = true;
    const lease = await this.#lease?.catch(() => undefined);
    await lease?.release();
  }

  async #grant(): Promise<Lease> {
    const { store, ttl, beat, log } = this.#options;
    try {
      const lease = await store.grant(ttl, beat);
      log.debug('a lease is granted', { lease: lease.id, ttl: lease.ttl });
      void lease.lost.then((reason) => this.lost(lease.id, reason));
      return lease;
    } catch (error) {
      this.#lease = undefined;
      throw error;
    }
  }
}
