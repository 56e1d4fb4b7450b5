import type { OwnerName } from '@callsign/catalog';
import { type Network, Networks, parseNetwork } from '@callsign/dns';
import { type Claims, claimsOf } from './claims.ts';

/** Clients that get answers of their own: those in one of its networks. */
export interface ViewSpec {
  readonly name: string;
  readonly networks: readonly Network[];
}

/** What some clients are answered from. */
export interface View {
  /** Absent: the view of all clients that no other one has. */
  readonly name?: string;
  readonly claims: Claims;
}

const VIEW = /^([\w-]+)=(.+)$/;
/** So many clients' views are remembered. */
const REMEMBERED = 4_096;

/** `NAME=CIDR[+CIDR…]`: no comma, which parts the values of an environment variable. */
export function parseView(text: string): ViewSpec {
  const [, name, networks] = VIEW.exec(text) ?? [];
  if (name === undefined || networks === undefined) {
    throw new Error(`"${text}" is not NAME=CIDR, for example office=192.168.0.0/16+fd00::/8`);
  }
  return { name, networks: networks.split('+').map(parseNetwork) };
}

/** Finds the view of a client: that with the most specific network around its address. */
export class Views {
  readonly everyone: View;
  readonly all: readonly View[];
  readonly #networks: readonly { readonly view: View; readonly networks: Networks }[];
  readonly #remembered = new Map<string, View>();

  constructor(everyone: View, views: readonly { readonly view: View; readonly spec: ViewSpec }[]) {
    this.everyone = everyone;
    this.all = [everyone, ...views.map(({ view }) => view)];
    this.#networks = views.map(({ view, spec }) => ({ view, networks: new Networks(spec.networks) }));
  }

  /** @param address as `Exchange.peer` has it */
  of(address: string): View {
    const known = this.#remembered.get(address);
    if (known !== undefined) return known;
    const view = this.#find(address);
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
    this.#remembered.set(address, view);
    return view;
  }

  #find(address: string): View {
    let found = { view: this.everyone, prefix: -1 };
    for (const { view, networks } of this.#networks) {
      const prefix = networks.longestMatch(address);
      if (prefix > found.prefix) found = { view, prefix };
    }
    return found.view;
  }
}

/** One view for all, of domains alone. */
export function viewOf(domains: readonly OwnerName[]): Views {
  return new Views({ claims: claimsOf(domains.map((name) => ({ kind: 'domain', name }))) }, []);
}
