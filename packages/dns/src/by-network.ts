import { type Network, Networks, networkText, parseNetwork } from './network.ts';

/** Clients that are remembered: a flood of addresses costs no more than this. */
const REMEMBERED = 4_096;

/** What belongs to the clients of some networks. */
export interface OfNetworks<T> {
  readonly networks: readonly Network[];
  readonly value: T;
}

/** The same as plain values, which can be handed to another thread. */
export interface ByNetworkTexts<T> {
  readonly everyone: T;
  readonly others: readonly { readonly networks: readonly string[]; readonly value: T }[];
}

/** Finds what belongs to a client: that with the most specific network around its address. */
export class ByNetwork<T> {
  /** What belongs to all clients that are in none of the networks. */
  readonly everyone: T;
  readonly #others: readonly OfNetworks<T>[];
  readonly #networks: readonly Networks[];
  readonly #remembered = new Map<string, T>();

  constructor(everyone: T, others: readonly OfNetworks<T>[] = []) {
    this.everyone = everyone;
    this.#others = others;
    this.#networks = others.map(({ networks }) => new Networks(networks));
  }

  static fromTexts<T>({ everyone, others }: ByNetworkTexts<T>): ByNetwork<T> {
    return new ByNetwork(
      everyone,
      others.map(({ networks, value }) => ({ networks: networks.map(parseNetwork), value })),
    );
  }

  get texts(): ByNetworkTexts<T> {
    const others = this.#others.map(({ networks, value }) => ({
      networks: networks.map(networkText),
      value,
    }));
    return { everyone: this.everyone, others };
  }

  /** False when all clients have the same: then nobody needs to look at their addresses. */
  get differ(): boolean {
    return this.#others.length > 0;
  }

  get all(): readonly T[] {
    return [this.everyone, ...this.#others.map(({ value }) => value)];
  }

  /** @param address as `Exchange.peer` has it */
  of(address: string): T {
    const known = this.#remembered.get(address);
    if (known !== undefined) return known;
    const found = this.#find(address);
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
    this.#remembered.set(address, found);
    return found;
  }

  /** Something else for the same clients each. */
  map<U>(change: (value: T) => U): ByNetwork<U> {
    return new ByNetwork(
      change(this.everyone),
      this.#others.map(({ networks, value }) => ({ networks, value: change(value) })),
    );
  }

  #find(address: string): T {
    let found = { value: this.everyone, prefix: -1 };
    for (const [at, networks] of this.#networks.entries()) {
      const prefix = networks.longestMatch(address);
      if (prefix > found.prefix) found = { value: (this.#others[at] as OfNetworks<T>).value, prefix };
    }
    return found.value;
  }
}
