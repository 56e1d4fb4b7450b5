import { isWithin, type OwnerName } from '@callsign/catalog';
import { Stamped } from '@callsign/dns';
import type { StaticZone } from './static-zone.ts';

/** Who answers for a name and all below it that nobody more specific claims. */
export type Claim =
  /** The zone that follows the store. */
  | { readonly kind: 'domain'; readonly name: OwnerName }
  | { readonly kind: 'static'; readonly name: OwnerName; readonly served: ServedZone }
  /** Upstream, although a static zone is around it. */
  | { readonly kind: 'except'; readonly name: OwnerName };

export type Claims = ReadonlyMap<OwnerName, Claim>;

/** The place of a static zone: another one may be served in it from the next question on. */
export class ServedZone extends Stamped {
  /** What it is read from, for whoever asks where an answer comes from: a file's path, or a preset. */
  readonly origin: { readonly kind: 'file' | 'preset'; readonly text: string };
  #zone: StaticZone;

  constructor(origin: ServedZone['origin'], zone: StaticZone) {
    super();
    this.origin = origin;
    this.#zone = zone;
  }

  get zone(): StaticZone {
    return this.#zone;
  }

  swap(zone: StaticZone): void {
    this.#zone = zone;
    this.changed();
  }
}

export function claimsOf(claims: Iterable<Claim>): Claims {
  return new Map([...claims].map((claim) => [claim.name, claim]));
}

/** True for a name that something is claimed below: it exists with that, whoever answers for it (RFC 8020). */
export function isAboveClaim(claims: Claims, name: OwnerName): boolean {
  return [...claims.keys()].some((claimed) => claimed !== name && isWithin(claimed, name));
}

/** The most specific claim on a name. */
export function claimOn(claims: Claims, name: OwnerName): Claim | undefined {
  for (let above = name; above !== ''; above = above.slice(above.indexOf('.') + 1)) {
    const claim = claims.get(above);
    if (claim !== undefined) return claim;
  }
  return undefined;
}
