import { isWithin, labelsOf, type OwnerName } from '@callsign/catalog';
import { type ResourceRecord, TYPE } from '@callsign/dns';
import { lookup, lookupAt } from '../zone/lookup.ts';
import type { Node } from '../zone/node.ts';
import type { Outcome, Records } from '../zone/outcome.ts';
import { distinct } from '../zone/rrsets.ts';
import { soaOf } from '../zone/soa.ts';
import { ANY_LABEL, STREAM_SAMPLE } from '../zone/source.ts';
import { underscoredNames } from '../zone/underscored.ts';
import type { Zone } from '../zone/zone.ts';

/** What a name may answer besides addresses. ANY and CNAME are other views of the same. */
const OTHER_TYPES = [TYPE.TXT, TYPE.SRV, TYPE.MX, TYPE.PTR, TYPE.NS, TYPE.HTTPS, TYPE.SVCB];

/** Where the names of addresses are. */
const REVERSE = 'arpa.';

/** One name of a zone; `node` where it is one that a question cannot ask for. */
interface Named {
  readonly name: OwnerName;
  readonly node?: Node;
}

/**
 * All RRsets of a zone in the order of a transfer: SOA, the rest, SOA (RFC 5936, 2.2). They are what the lookup
 * answers for each name that exists, so that nothing else can be transferred than what is served.
 */
export function* servedSets(zone: Zone, domain: OwnerName): Generator<Records> {
  const soa = [soaOf(zone, domain)];
  yield soa;
  for (const named of namesOf(zone, domain)) {
    yield* setsOf((type) => ask(zone, domain, named, type), named.name, named.name === domain);
  }
  if (isWithin(domain, REVERSE)) yield* reverseSets(zone, domain);
  for (const child of childrenOf(zone, domain)) yield* delegation(zone, child);
  yield soa;
}

function* namesOf(zone: Zone, domain: OwnerName): Generator<Named> {
  yield { name: domain };
  const { node, found } = zone.closest(labelsOf(domain));
  const exists = found === labelsOf(domain).length;
  if (exists) yield* made(zone, domain, node);
  if (exists) yield* below(zone, domain, node, domain);
  const local = `local.dns.${domain}`;
  if (zone.options.local !== undefined && !stands(zone, local)) yield { name: local };
}

/** The names that addresses of the store make. Those of others are sets without records: a turn for who waits. */
function* reverseSets(zone: Zone, domain: OwnerName): Generator<Records> {
  for (const name of zone.reverse.names()) {
    const isHere = zone.domainOf(name) === domain && name !== domain && !stands(zone, name);
    if (isHere) yield* setsOf((type) => ask(zone, domain, { name }, type), name, false);
    else yield [];
  }
}

/** The names of a subtree, as far as they are in this zone and not in one below it. */
function* below(zone: Zone, domain: OwnerName, above: Node, name: OwnerName): Generator<Named> {
  for (const node of above.children()) {
    const child = `${node.label}.${name}`;
    if (zone.domainOf(child) !== domain || zone.options.elsewhere?.(child)) continue;
    yield isAnyLabel(child) ? { name: child, node } : { name: child };
    if (!isAnyLabel(child)) yield* made(zone, child, node);
    yield* below(zone, domain, node, child);
  }
}

/** The names below this one that are not stored but made of what services declare. */
function* made(zone: Zone, name: OwnerName, node: Node): Generator<Named> {
  for (const below of underscoredNames(name, node)) if (!stands(zone, below)) yield { name: below };
}

function isAnyLabel(name: OwnerName): boolean {
  return labelsOf(name).some((label) => ANY_LABEL.has(label));
}

function stands(zone: Zone, name: OwnerName): boolean {
  const labels = labelsOf(name);
  return zone.closest(labels).found === labels.length;
}

function ask(zone: Zone, domain: OwnerName, { name, node }: Named, type: number): Outcome {
  if (node === undefined) return lookup(zone, labelsOf(name), type, STREAM_SAMPLE);
  const source = { owner: name, anchor: node, nodes: [node], exact: node.record, most: STREAM_SAMPLE };
  return lookupAt(zone, source, domain, type);
}

/**
 * The sets of one name. A zone that others hold cannot have an alias beside other records (RFC 1034, 3.6.2), so
 * one that leads out of our zones stands alone, and one that ends inside them is told by what it ends in.
 */
function* setsOf(answer: (type: number) => Outcome, name: OwnerName, apex: boolean): Generator<Records> {
  const addresses = [TYPE.A, TYPE.AAAA].map(answer);
  const alias = apex ? undefined : aliasOf(addresses, name);
  if (alias !== undefined) {
    yield [alias];
    return;
  }
  for (const outcome of addresses) yield* ownSet(outcome, name);
  for (const type of OTHER_TYPES) yield* ownSet(answer(type), name);
}

/** The alias of a name that leads out of our zones and nowhere else. */
function aliasOf(addresses: readonly Outcome[], name: OwnerName): ResourceRecord | undefined {
  if (addresses.some(({ kind }) => kind === 'hit')) return undefined;
  const leading = addresses.find((outcome) => outcome.kind === 'cname');
  return leading?.answer.find((record) => record.name === name);
}

/** The answer's records as the name's own: what stands behind aliases is kept as long as the least of them. */
function* ownSet(outcome: Outcome, name: OwnerName): Generator<Records> {
  if (outcome.kind !== 'hit') return;
  const { answer } = outcome;
  if (answer.every((record) => record.name === name)) {
    yield answer;
    return;
  }
  const ttl = answer.reduce((least, record) => Math.min(least, record.ttl), Number.POSITIVE_INFINITY);
  const ends = answer.filter(({ type }) => type !== 'CNAME');
  yield distinct(ends.map((record) => ({ ...record, name, ttl })));
}

/** The zones of ours that begin in this one. */
function childrenOf(zone: Zone, domain: OwnerName): OwnerName[] {
  return zone.options.domains.filter((child) => {
    const parent = child.slice(child.indexOf('.') + 1);
    return child !== domain && zone.domainOf(parent) === domain;
  });
}

/** A zone below is found by its name servers and their addresses (RFC 1034, 4.2.1). */
function* delegation(zone: Zone, child: OwnerName): Generator<Records> {
  const outcome = lookup(zone, labelsOf(child), TYPE.NS);
  if (outcome.kind === 'hit')
    yield [...outcome.answer, ...outcome.additional.filter(({ name }) => isWithin(name, child))];
}
