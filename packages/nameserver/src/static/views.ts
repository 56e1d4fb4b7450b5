import type { OwnerName } from '@callsign/catalog';
import { ByNetwork, type Network, parseNetwork } from '@callsign/dns';
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

/** `NAME=CIDR[+CIDR…]`: no comma, which parts the values of an environment variable. */
export function parseView(text: string): ViewSpec {
  const [, name, networks] = VIEW.exec(text) ?? [];
  if (name === undefined || networks === undefined) {
    throw new Error(`"${text}" is not NAME=CIDR, for example office=192.168.0.0/16+fd00::/8`);
  }
  return { name, networks: networks.split('+').map(parseNetwork) };
}

/** The views of all clients. */
export type Views = ByNetwork<View>;

/** One view for all, of domains alone. */
export function viewOf(domains: readonly OwnerName[]): Views {
  return new ByNetwork({ claims: claimsOf(domains.map((name) => ({ kind: 'domain', name }))) });
}
