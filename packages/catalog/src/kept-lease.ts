import { type Clock, waitAfter } from '@callsign/daemon';
import { type GrantedLease, type Lease, LeaseLostError, type Leases, StoreCallError } from './store.ts';

export interface KeepingOptions {
  /** Seconds between two renewals; less than the lease's ttl. */
  readonly beat: number;
  readonly clock: Clock;
  /** Fires when the store is closed: the lease is then released. */
  readonly signal: AbortSignal;
}

/** Grants a lease and keeps it. @throws {StoreCallError} when the beat does not fit into the lease */
export async function keepLease(leases: Leases, ttl: number, options: KeepingOptions): Promise<Lease> {
  const { beat } = options;
  if (!(beat > 0 && beat < ttl)) {
    throw new StoreCallError(`a lease of ${ttl} seconds cannot be renewed every ${beat} seconds`);
  }
  const asked = options.clock.monotonic();
  return new KeptLease(leases, await leases.grant(ttl), asked, options);
}

/** How long to wait after a renewal that failed: much less than a beat, for the lease is running out. */
const RETRY = { first: 100, most: 1_000 };

/** A lease that is renewed every beat, on whatever store its id is known. */
class KeptLease implements Lease {
  readonly id: string;
  readonly ttl: number;
  readonly lost: Promise<Error>;
  readonly #leases: Leases;
  readonly #beatMs: number;
  readonly #clock: Clock;
  readonly #released = new AbortController();
  readonly #signal: AbortSignal;
  /** When the last renewal that succeeded was asked for: the store's own time runs from then or a little later. */
  #renewed: number;

  constructor(leases: Leases, granted: GrantedLease, asked: number, { beat, clock, signal }: KeepingOptions) {
    this.id = granted.id;
    this.ttl = granted.ttl;
    this.#leases = leases;
    this.#beatMs = beat * 1_000;
    this.#clock = clock;
    this.#renewed = asked;
    this.#signal = AbortSignal.any([this.#released.signal, signal]);
    const lost = Promise.withResolvers<Error>();
    this.lost = lost.promise;
    void this.#keep().then((reason) => reason !== undefined && lost.resolve(reason));
  }

  async release(): Promise<void> {
    this.#released.abort();
  }

  async revoke(): Promise<void> {
    this.#released.abort();
    await this.#leases.revoke(this.id);
  }

  /** Why the lease was lost; undefined when it was given up by us. */
  async #keep(): Promise<Error | undefined> {
    let wait = this.#beatMs;
    let failures = 0;
    let reason: Error | undefined;
    while (await this.#slept(Math.min(wait, this.#leftMs))) {
      if (this.#leftMs <= 0) return new LeaseLostError(this.id, reason && { cause: reason });
      reason = await this.#renew();
      if (this.#signal.aborted) return undefined;
      if (reason instanceof LeaseLostError) return reason;
      wait = reason === undefined ? this.#beatMs : waitAfter(failures, RETRY);
      failures = reason === undefined ? 0 : failures + 1;
    }
    return undefined;
  }

  get #leftMs(): number {
    return this.#renewed + this.ttl * 1_000 - this.#clock.monotonic();
  }

  /** The error, if any. A store that does not answer at all is given up when the lease has run out. */
  async #renew(): Promise<Error | undefined> {
    const asked = this.#clock.monotonic();
    const answered = new AbortController();
    const left = Math.max(0, this.#leftMs);
    const silence = this.#clock.sleep(left, answered.signal).then(
      () => new LeaseLostError(this.id),
      () => undefined,
    );
    try {
      const lost = await Promise.race([this.#leases.renew(this.id, left), silence]);
      if (lost === undefined) this.#renewed = asked;
      return lost ?? undefined;
    } catch (error) {
      return error as Error;
    } finally {
      answered.abort();
    }
  }

  /** False when the lease was given up meanwhile. */
  async #slept(ms: number): Promise<boolean> {
    try {
      await this.#clock.sleep(Math.max(0, ms), this.#signal);
      return true;
    } catch {
      return false;
    }
  }
}
