import { isWithin, labelsOf, type OwnerName } from '@callsign/catalog';
import { joined, presentName, typeNumber } from '@callsign/dns';
import { type Claim, type Claims, claimOn, isAboveClaim, type ServedZone } from '../static/claims.ts';
import { lookupStatic } from '../static/static-lookup.ts';
import { lookup } from '../zone/lookup.ts';
import type { Outcome, Records } from '../zone/outcome.ts';
import { isSpecialUse } from '../zone/special-use.ts';
import type { Zone } from '../zone/zone.ts';

type CnameOutcome = Extract<Outcome, { kind: 'cname' }>;
type AliasOutcome = Extract<Outcome, { kind: 'alias' }>;

/** Where the names of addresses are. */
const REVERSE = 'arpa.';
const MAX_STEPS = 10;

/**
 * All that we are authoritative for, as one kind of client sees it: the zone that follows the store, and static
 * zones, of which the most specific one answers. Aliases are followed from each into every other.
 */
export class Authority {
  readonly #claims: Claims;
  #zone: Zone | undefined;

  constructor(claims: Claims, zone?: Zone) {
    this.#claims = claims;
    this.#zone = zone;
  }

  publish(zone: Zone): void {
    this.#zone = zone;
  }

  claimOn(name: OwnerName): Claim | undefined {
    return claimOn(this.#claims, name);
  }

  /**
   * @param labels in lower case, each byte as one character
   * @param most of how many addresses a sample will do; absent: all of them are told
   */
  resolve(labels: readonly string[], type: number, most?: number): Outcome {
    const name = presentName(labels);
    return this.#followed(this.#at(name, labels, type, most), type, name);
  }

  #at(name: OwnerName, labels: readonly string[], type: number, most?: number): Outcome {
    const claim = this.claimOn(name);
    if (claim?.kind === 'static') return this.#inStatic(claim.served, name, type);
    if (claim?.kind === 'except') return { kind: 'outside' };
    if (this.#zone !== undefined) return lookup(this.#zone, labels, type, most);
    // Before the first full list nothing is known of our names, not even that one does not exist; of addresses
    // neither. Every other name has nothing to do with the store, and upstream is asked unless it never may be.
    const ours = claim !== undefined || isWithin(name, REVERSE) || isSpecialUse(labels);
    return { kind: ours ? 'unread' : 'outside' };
  }

  #inStatic(served: ServedZone, name: OwnerName, type: number): Outcome {
    const outcome = lookupStatic(served.zone, served, name, type);
    return outcome.kind === 'nxdomain' && isAboveClaim(this.#claims, name)
      ? { ...outcome, kind: 'nodata' }
      : outcome;
  }

  /** Aliases that lead round in a circle are those that lead nowhere in so many steps. */
  #followed(outcome: Outcome, type: number, owner: OwnerName, steps = 0): Outcome {
    if (outcome.kind !== 'cname' && outcome.kind !== 'alias') return outcome;
    const { target, anchor } = outcome;
    if (steps === MAX_STEPS) return { kind: 'loop', owner, anchor };
    const rest = this.#followed(this.#at(target, labelsOf(target), type), type, owner, steps + 1);
    return outcome.kind === 'cname' ? behind(outcome, rest) : flattened(outcome, rest, type);
  }
}

/** An alias and what its target came to. */
function behind(alias: CnameOutcome, rest: Outcome): Outcome {
  switch (rest.kind) {
    case 'outside':
      return alias;
    case 'unread':
    case 'loop':
      return rest;
    default:
      return {
        ...rest,
        answer: [...alias.answer, ...rest.answer],
        anchor: joined(alias.anchor, rest.anchor),
      };
  }
}

/** What a target came to, under the name that has its addresses; what is not known here stays to be asked for. */
function flattened(alias: AliasOutcome, rest: Outcome, type: number): Outcome {
  if (rest.kind === 'outside' || rest.kind === 'referral') return alias;
  if (rest.kind === 'unread' || rest.kind === 'loop') return rest;
  const ttl = smallest(alias.ttl, rest.answer);
  const anchor = joined(alias.anchor, rest.anchor);
  if (rest.kind === 'cname') return { ...alias, ttl, anchor, target: rest.target };
  if (rest.kind === 'alias') return { ...alias, ttl: Math.min(ttl, rest.ttl), anchor, target: rest.target };
  const addresses = rest.answer.filter((record) => typeNumber(record) === type);
  if (rest.kind !== 'hit' || addresses.length === 0) {
    return { kind: 'nodata', answer: alias.answer, soa: alias.soa, ownSerial: true, anchor };
  }
  const answer = addresses.map((record) => ({ ...record, name: alias.owner, ttl }));
  return { kind: 'hit', answer: [...alias.answer, ...answer], additional: [], anchor };
}

function smallest(ttl: number, records: Records): number {
  return records.reduce((least, record) => Math.min(least, record.ttl), ttl);
}
