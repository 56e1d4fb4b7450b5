import { CallsignError } from '@callsign/daemon';
import type { Key } from './names.ts';

/**
 * The store port: an ordered map from keys to values with a revision that rises with every commit.
 * Three adapters keep one contract (test/store-contract.ts): embedded, etcd, http.
 */
export interface Store {
  /**
   * Every entry whose key begins with `prefix` (a plain string; '' for all, `docker/dev/` for what is below a
   * name) as it was at one revision, ordered by key.
   */
  list(prefix: string, signal?: AbortSignal): Promise<Listing>;

  /**
   * The same in pages, at least one, all of one revision: for who can do with one before he has the next.
   * @throws {CompactedError} when the store lost that revision meanwhile: begin again
   */
  pages(prefix: string, signal?: AbortSignal): AsyncIterable<Listing>;

  /**
   * Every change to keys that begin with `prefix` after a revision: one batch a revision, whole and in order,
   * across any number of lost connections. Ends when the signal fires or the store is closed.
   * @throws {CompactedError} when the store no longer knows the changes after that revision, or cannot be told, after a
   * connection was lost, from one that was set up anew: list again
   * @throws {StoreRefusedError} when the store refuses us: no later try would be answered otherwise
   */
  watch(prefix: string, after: number, signal: AbortSignal, listener?: WatchListener): AsyncIterable<Batch>;

  /**
   * Makes all writes or none, as one revision, and returns it. At most MAX_WRITES, a key only once. Deleting
   * what does not exist changes nothing, and a commit that changes nothing has no revision of its own.
   * @throws {ConflictError} when an expectation is not met
   * @throws {LeaseLostError} when it puts something under a lease that has ended
   */
  commit(writes: readonly Write[], options?: CommitOptions): Promise<number>;

  /** A lease of `ttl` seconds that is renewed every `beat` seconds until it is released, revoked or lost. */
  grant(ttl: number, beat: number): Promise<Lease>;

  /** The leases by their ids, for whoever renews them himself. */
  readonly leases: Leases;

  /** Ends every watch and lease keeping; a second call does nothing. */
  close(): Promise<void>;
}

export interface Entry {
  readonly key: Key;
  readonly value: string;
  /** The revision of the last write to this key. */
  readonly revision: number;
  /** Seconds that the entry's lease was granted for; absent when it has none. */
  readonly leaseTtl?: number;
}

export interface Listing {
  readonly revision: number;
  readonly entries: readonly Entry[];
}

export type Change =
  | { readonly kind: 'put'; readonly entry: Entry }
  | { readonly kind: 'delete'; readonly key: Key };

export interface Batch {
  readonly revision: number;
  readonly changes: readonly Change[];
}

/** Told how a watch fares that brings nothing: there may be nothing, or nobody to tell it. */
export interface WatchListener {
  /** The store has not been reached for some seconds, and why; told once, until it is found. */
  readonly lost: (why: unknown) => void;
  readonly found: () => void;
}

export type Write =
  | { readonly kind: 'put'; readonly key: Key; readonly value: string }
  | { readonly kind: 'delete'; readonly key: Key };

export interface CommitOptions {
  /** Puts are bound to it: they are deleted when it ends. */
  readonly lease?: LeaseRef;
  /** Commit only if these keys are at these revisions; 0: does not exist. */
  readonly expect?: readonly { readonly key: Key; readonly revision: number }[];
}

export interface LeaseRef {
  /** Stable across restarts of the store; letters and digits. */
  readonly id: string;
}

export interface GrantedLease extends LeaseRef {
  /** Seconds, as granted: a store may give more than it was asked for. */
  readonly ttl: number;
}

/** Leases that nobody renews by himself: what the REST API offers to its clients. */
export interface Leases {
  /** A lease that ends `ttl` seconds after its last renewal. */
  grant(ttl: number): Promise<GrantedLease>;
  /**
   * Starts its time again. `withinMs` is what is left of it: another member of the store, or another connection
   * to it, is tried in time. @throws {LeaseLostError} when it has ended
   */
  renew(id: string, withinMs?: number): Promise<void>;
  /** Ends it and deletes its entries now. One that has ended already is no error. */
  revoke(id: string): Promise<void>;
}

/** A lease that is renewed for us. */
export interface Lease extends GrantedLease {
  /** Resolves once the lease has ended without our asking, with the reason. Never rejects. */
  readonly lost: Promise<Error>;
  /** Stops renewing and lets the lease run out by itself: the records outlive us by its TTL at most. */
  release(): Promise<void>;
  /** Ends the lease and deletes its entries now. */
  revoke(): Promise<void>;
}

/** Most writes in one commit: etcd's own limit on operations in a transaction. */
export const MAX_WRITES = 128;

/** The longest lease, in seconds. */
export const MAX_LEASE = 86_400;

/** The store cannot be reached, or did not answer in time. */
export class StoreUnavailableError extends CallsignError {
  constructor(message: string, details: { readonly cause?: unknown; readonly cure?: string } = {}) {
    super('STORE_UNAVAILABLE', message, { ...details, retryable: true });
  }
}

/** The store refuses us: wrong credentials, no permission, a certificate that does not fit. */
export class StoreRefusedError extends CallsignError {
  constructor(message: string, details: { readonly cause?: unknown; readonly cure?: string } = {}) {
    super('STORE_REFUSED', message, details);
  }
}

/** The changes after a revision are gone from the store. */
export class CompactedError extends CallsignError {
  constructor(after: number) {
    super('STORE_COMPACTED', `the store no longer has the changes after revision ${after}`, {
      retryable: true,
    });
  }
}

/** A key was not at the revision that a commit expected. */
export class ConflictError extends CallsignError {
  constructor(message: string) {
    super('STORE_CONFLICT', message);
  }
}

/** A lease ended before or while it was used. */
export class LeaseLostError extends CallsignError {
  constructor(id: string, details: { readonly cause?: unknown } = {}) {
    super('LEASE_LOST', `the lease ${id} has ended`, { ...details, retryable: true });
  }
}

/** The store was closed by us. */
export class StoreClosedError extends CallsignError {
  constructor() {
    super('STORE_CLOSED', 'the store is closed');
  }
}

/** A call that no store could ever serve. */
export class StoreCallError extends CallsignError {
  constructor(message: string) {
    super('STORE_CALL_INVALID', message);
  }
}

/** A put is bound to the lease of its commit; a deletion needs none. */
export function isPut({ kind }: Write): boolean {
  return kind === 'put';
}

/** @throws {StoreCallError} when a commit has too many writes or one key twice: etcd would refuse it too */
export function checkWrites(writes: readonly Write[]): void {
  if (writes.length > MAX_WRITES) {
    throw new StoreCallError(`a commit of ${writes.length} writes is more than ${MAX_WRITES}`);
  }
  const keys = new Set(writes.map(({ key }) => key));
  if (keys.size < writes.length) throw new StoreCallError('a commit writes one key twice');
}

/** @throws {StoreCallError} when a lease cannot last that long */
export function checkTtl(ttl: number): void {
  if (Number.isInteger(ttl) && ttl >= 1 && ttl <= MAX_LEASE) return;
  throw new StoreCallError(`a lease lasts a whole number of seconds from 1 to ${MAX_LEASE}, not ${ttl}`);
}

export function put(store: Store, key: Key, value: string, options?: CommitOptions): Promise<number> {
  return store.commit([{ kind: 'put', key, value }], options);
}

export function remove(store: Store, key: Key, options?: CommitOptions): Promise<number> {
  return store.commit([{ kind: 'delete', key }], options);
}
