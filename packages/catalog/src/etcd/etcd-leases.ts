import { checkTtl, type GrantedLease, LeaseLostError, type Leases, StoreUnavailableError } from '../store.ts';
import type { Endpoints } from './endpoints.ts';
import { isLeaseNotFound } from './etcd-error.ts';
import type { EtcdClient, KeepAliveStream } from './protocol.ts';

/** How many members may be asked to renew a lease before it runs out. */
const TRIES = 3;

/** etcd's leases. Their ids are 64-bit integers in decimal. */
export class EtcdLeases implements Leases {
  readonly #endpoints: Endpoints<EtcdClient>;
  readonly #callMs: number;

  constructor(endpoints: Endpoints<EtcdClient>, callMs: number) {
    this.#endpoints = endpoints;
    this.#callMs = callMs;
  }

  async grant(ttl: number): Promise<GrantedLease> {
    checkTtl(ttl);
    const { ID, TTL } = await this.#endpoints.call(({ leaseClient }) => leaseClient.leaseGrant({ TTL: ttl }));
    return { id: ID, ttl: Number(TTL) };
  }

  async renew(id: string, withinMs = Number.POSITIVE_INFINITY): Promise<void> {
    checkId(id);
    const patience = Math.min(this.#callMs, withinMs / TRIES);
    const left = await this.#endpoints.call(async ({ leaseClient }) => {
      const stream = await leaseClient.leaseKeepAlive({ deadline: Date.now() + patience });
      return await renewOnce(stream, id);
    });
    if (left <= 0) throw new LeaseLostError(id);
  }

  async revoke(id: string): Promise<void> {
    checkId(id);
    try {
      await this.#endpoints.call(({ leaseClient }) => leaseClient.leaseRevoke({ ID: id }));
    } catch (error) {
      if (!isLeaseNotFound(error)) throw error;
    }
  }

  /** The seconds that a lease was granted for; undefined when it has ended. */
  async ttlOf(id: string): Promise<number | undefined> {
    const { TTL, grantedTTL } = await this.#endpoints.call(({ leaseClient }) =>
      leaseClient.leaseTimeToLive({ ID: id }),
    );
    return Number(TTL) < 0 ? undefined : Number(grantedTTL);
  }
}

/** An id of another store, an embedded one perhaps, names no lease here, and 0 is etcd's word for none. @throws {LeaseLostError} */
export function checkId(id: string): void {
  if (!/^[1-9]\d{0,18}$/.test(id)) throw new LeaseLostError(id);
}

/** The seconds that the lease has now; 0 when there is none. */
async function renewOnce(stream: KeepAliveStream, id: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  stream.on('data', ({ TTL }) => resolve(Number(TTL)));
  stream.on('error', reject);
  stream.on('end', () => reject(new StoreUnavailableError('etcd ended the renewal without an answer')));
  stream.write({ ID: id });
  try {
    return await promise;
  } finally {
    stream.end();
  }
}
