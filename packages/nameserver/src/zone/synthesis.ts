import { depthOf, isWithin, labelsOf, type OwnerName } from '@callsign/catalog';
import { presentName } from '@callsign/dns';
import { anyLabel, findStored, type Missing, type Source } from './source.ts';
import { isMade } from './underscored.ts';
import type { Zone } from './zone.ts';

/**
 * Finds what answers for a name that is in one of our domains: its node, those that an any-label query matches,
 * or the source of synthesis (RFC 4592, 3.3.1). A domain itself always exists.
 */
export function findSource(
  zone: Zone,
  owner: OwnerName,
  labels: readonly string[],
  domain: OwnerName,
): Source | Missing {
  const stored = findLocal(zone, owner, domain) ?? findStored(zone, owner, labels, domain);
  if (stored.nodes !== undefined || anyLabel(labels, domain) >= 0) return stored;
  const { found } = zone.closest(labels);
  const wildcard = found < depthOf(domain) ? undefined : stored.anchor.child('*');
  if (wildcard !== undefined && nearestUnstored(zone, labels, found, domain) === undefined)
    return { owner, anchor: stored.anchor, nodes: [wildcard], exact: wildcard.record };
  return zone.options.catchAll === true ? findCaught(zone, owner, labels, domain) : stored;
}

/**
 * The nearest name above this one that exists without being stored, where that is nearer than any stored one: no wildcard
 * above it counts.
 * @param found how many labels the nearest stored one has
 */
export function nearestUnstored(
  zone: Zone,
  labels: readonly string[],
  found: number,
  domain: OwnerName,
): OwnerName | undefined {
  const above = labels.slice(1, labels.length - found).map((_, at) => labels.slice(at + 1));
  const nearest = above.find((each) => zone.isBetween(presentName(each)) || isMade(zone, each, domain));
  return nearest && presentName(nearest);
}

/**
 * The service that stands right of a name that does not exist, where it answers for all names below its own, as in
 * dnsdock. Underscored names mean something else (RFC 8552). Any change in the domain may make a service of a name above.
 */
function findCaught(
  zone: Zone,
  owner: OwnerName,
  labels: readonly string[],
  domain: OwnerName,
): Source | Missing {
  const service = owner.startsWith('_') ? undefined : zone.serviceAbove(labels, depthOf(domain));
  return service === undefined
    ? { anchor: zone.closest(labelsOf(domain)).node, nodes: undefined }
    : { owner, anchor: service, nodes: [service], exact: service.record };
}

/**
 * `local.dns.DOMAIN` answers what stands under the name that this very server was given, as in SkyDNS. With it
 * `dns.DOMAIN` exists too (RFC 8020).
 */
function findLocal(zone: Zone, owner: OwnerName, domain: OwnerName): Source | Missing | undefined {
  const { local } = zone.options;
  if (local === undefined || !isWithin(`local.dns.${domain}`, owner)) return undefined;
  if (owner === `local.dns.${domain}`) {
    const labels = labelsOf(local);
    return findStored(zone, owner, labels, zone.domainOf(local) ?? local);
  }
  const above = findStored(zone, owner, labelsOf(owner), domain);
  return above.nodes === undefined ? { owner, anchor: above.anchor, nodes: [], exact: undefined } : above;
}
