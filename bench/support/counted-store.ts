import type { CommitOptions, Lease, Leases, Listing, Store, Write } from '@callsign/catalog';

/** A store that counts what another one takes. */
export class CountedStore implements Store {
  readonly leases: Leases;
  readonly #store: Store;
  readonly #awaited: number;
  readonly #full = Promise.withResolvers<void>();
  commits = 0;
  #writes = 0;

  constructor(store: Store, awaited: number) {
    this.leases = store.leases;
    this.#store = store;
    this.#awaited = awaited;
  }

  /** Resolves when the awaited number of writes has been made. */
  get full(): Promise<void> {
    return this.#full.promise;
  }

  list(prefix: string, signal?: AbortSignal): Promise<Listing> {
    return this.#store.list(prefix, signal);
  }

  pages(prefix: string, signal?: AbortSignal): AsyncIterable<Listing> {
    return this.#store.pages(prefix, signal);
  }

  watch(prefix: string, after: number, signal: AbortSignal) {
    return this.#store.watch(prefix, after, signal);
  }

  async commit(writes: readonly Write[], options?: CommitOptions): Promise<number> {
    const revision = await this.#store.commit(writes, options);
    this.commits += 1;
    this.#writes += writes.length;
    if (this.#writes >= this.#awaited) this.#full.resolve();
    return revision;
  }

  grant(ttl: number, beat: number): Promise<Lease> {
    return this.#store.grant(ttl, beat);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
