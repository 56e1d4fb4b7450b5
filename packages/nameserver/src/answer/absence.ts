import { labelsOf, type OwnerName } from '@callsign/catalog';
import { typeName } from '@callsign/dns';
import type { Outcome } from '../zone/outcome.ts';
import { recordsOf } from '../zone/source.ts';
import { findSource, nearestUnstored } from '../zone/synthesis.ts';
import type { Zone } from '../zone/zone.ts';
import type { Authority } from './authority.ts';
import { REASONS } from './reasons.ts';

/** Why there is nothing, in words; `last` has the name at which the search ended. */
export function reasonOf(
  outcome: Outcome,
  authority: Authority,
  last: { readonly name: OwnerName; readonly target?: OwnerName },
  type: number,
  zone: Zone | undefined,
): string | undefined {
  const name = last.target ?? last.name;
  switch (outcome.kind) {
    case 'nxdomain':
      return `${name} does not exist; the nearest name that does is ${nearest(name, authority, zone)}, without a wildcard`;
    case 'nodata':
      return `${name} exists and has no ${typeName(type)}: ${held(name, authority, zone)}`;
    case 'loop':
      return REASONS.loop.text;
    case 'unread':
      return REASONS.notReady.text;
    default:
      return undefined;
  }
}

function nearest(name: OwnerName, authority: Authority, zone: Zone | undefined): OwnerName {
  const claim = authority.claimOn(name);
  if (claim?.kind === 'static') {
    const place = claim.served.zone.find(name, 0);
    return place.kind === 'missing' ? place.nearest : name;
  }
  const labels = labelsOf(name);
  const found = zone?.closest(labels).found ?? 0;
  const domain = zone?.domainOf(name);
  const unstored = zone && domain && nearestUnstored(zone, labels, found, domain);
  const existing = unstored ?? `${labels.slice(labels.length - found).join('.')}.`;
  return claim !== undefined && existing.length < claim.name.length ? claim.name : existing;
}

/** What a name has instead of what was asked for. */
function held(name: OwnerName, authority: Authority, zone: Zone | undefined): string {
  const claim = authority.claimOn(name);
  if (claim?.kind === 'static') {
    const place = claim.served.zone.find(name, 0);
    const owner = place.kind === 'owner' || place.kind === 'wildcard' ? place.owner : undefined;
    const types = [...(owner?.sets.keys() ?? [])].map(typeName);
    return types.length === 0 ? 'there are only names below it' : `it has ${types.join(', ')}`;
  }
  const domain = zone?.domainOf(name);
  if (zone === undefined || domain === undefined) return 'it is made here';
  const source = findSource(zone, name, labelsOf(name), domain);
  const count = source.nodes === undefined ? 0 : recordsOf(source).length;
  return `the store has ${count === 1 ? 'one service' : `${count} services`} at it and below it`;
}
