import { type Network, Networks } from '@callsign/dns/hot';

/** How many clients are remembered: a flood of addresses costs no more than this. */
const MOST = 10_000;

/** Who may have us ask others. An open resolver is a weapon against third parties (RFC 5358). */
export class RecursionRights {
  readonly #networks: Networks;
  readonly #known = new Map<string, boolean>();

  constructor(networks: readonly Network[]) {
    this.#networks = new Networks(networks);
  }

  /** @param peer a client's address */
  may(peer: string): boolean {
    const known = this.#known.get(peer);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST) this.#known.clear();
    const may = this.#networks.has(peer);
    this.#known.set(peer, may);
    return may;
  }
}
