/** etcd's id of no lease. */
export const NO_LEASE = '0';
/** Leases remembered: each belongs to a registrar, or to whoever else writes to the store. */
const MOST = 10_000;

/** The seconds that leases were granted for. A lease never changes its own, so each is asked for once. */
export class LeaseTtls {
  readonly #known = new Map<string, number | undefined>();
  readonly #ask: (id: string) => Promise<number | undefined>;

  /** `ask` resolves with undefined for a lease that has ended. */
  constructor(ask: (id: string) => Promise<number | undefined>) {
    this.#ask = ask;
  }

  /** Makes sure that `of` knows these, and forgets the oldest others when they are too many. */
  async learn(ids: Iterable<string>): Promise<void> {
    const wanted = new Set(ids);
    const unknown = [...wanted].filter((id) => id !== NO_LEASE && !this.#known.has(id));
    await Promise.all(unknown.map(async (id) => this.#known.set(id, await this.#ask(id))));
    for (const id of this.#known.keys()) {
      if (this.#known.size <= MOST) return;
      if (!wanted.has(id)) this.#known.delete(id);
    }
  }

  of(id: string): number | undefined {
    return this.#known.get(id);
  }
}
