import { ByNetwork, type Network } from '@callsign/dns/hot';

/** Who may have us ask others. An open resolver is a weapon against third parties (RFC 5358). */
export class RecursionRights {
  readonly #rights: ByNetwork<boolean>;

  constructor(networks: readonly Network[]) {
    this.#rights = new ByNetwork(false, [{ networks, value: true }]);
  }

  /** @param peer a client's address */
  may(peer: string): boolean {
    return this.#rights.of(peer);
  }
}
