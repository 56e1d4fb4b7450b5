import { depthOf, labelsOf, type OwnerName } from '@callsign/catalog';
import type { Node } from './node.ts';
import type { ZoneRecord } from './record.ts';
import { ANY_TRAIT, TRAIT, TRAITS } from './traits.ts';
import type { Zone } from './zone.ts';

/** The part of the tree that answers for a name. */
export interface Source {
  /** The name that was asked for, which answers are owned by. */
  readonly owner: OwnerName;
  /** Where the answer is rooted: it holds as long as nothing changes there or below. */
  readonly anchor: Node;
  /** The name's own node, or those that an any-label query matches. */
  readonly nodes: readonly Node[];
  /** The record at the name itself. */
  readonly exact: ZoneRecord | undefined;
  /** Where there are more addresses than this, so many of them are told, other ones each time; absent: all of them. */
  readonly most?: number;
}

/** As many records as a message of 64 KiB has no room for: the shortest have 14 bytes. */
export const STREAM_SAMPLE = 4_682;

/** Which records of a source matter: those with one of these traits. */
export type Wanted = number;

/** No name like this and nothing below it. */
export interface Missing {
  readonly anchor: Node;
  readonly nodes: undefined;
}

/** Labels that stand for any one label in a question. */
export const ANY_LABEL: ReadonlySet<string> = new Set(['*', 'any']);

/** Finds a name that is stored, or those that an any-label query matches. */
export function findStored(
  zone: Zone,
  owner: OwnerName,
  labels: readonly string[],
  domain: OwnerName,
): Source | Missing {
  if (anyLabel(labels, domain) >= 0) return findAnyLabel(zone, owner, labels);
  const { node, found } = zone.closest(labels);
  if (found === labels.length) return { owner, anchor: node, nodes: [node], exact: node.record };
  if (owner === domain || zone.isBetween(owner)) return { owner, anchor: node, nodes: [], exact: undefined };
  return { anchor: node, nodes: undefined };
}

/** Where the first label stands that means any label; the domain's own labels mean themselves. */
export function anyLabel(labels: readonly string[], domain: OwnerName): number {
  return labels.slice(0, labels.length - depthOf(domain)).findIndex((label) => ANY_LABEL.has(label));
}

/** `*` and `any` stand for exactly one label each, as in SkyDNS. */
function findAnyLabel(zone: Zone, owner: OwnerName, labels: readonly string[]): Source | Missing {
  const path = labels.toReversed();
  const literal = path.findIndex((label) => ANY_LABEL.has(label));
  const { node: anchor, found } = zone.closest(labels.slice(labels.length - literal));
  if (found < literal) return { anchor, nodes: undefined };
  const nodes = path.slice(literal).reduce<readonly Node[]>(step, [anchor]);
  return nodes.length === 0 ? { anchor, nodes: undefined } : { owner, anchor, nodes, exact: undefined };
}

function step(nodes: readonly Node[], label: string): Node[] {
  return nodes.flatMap((node) => {
    if (ANY_LABEL.has(label)) return [...node.children()];
    const child = node.child(label);
    return child === undefined ? [] : [child];
  });
}

/** Where the addresses of a source are: an apex stands for `apex.dns` below it where that exists, else for its whole zone. */
export function addressSource(zone: Zone, source: Source, domain: OwnerName): Source {
  const apex = source.owner === domain ? nodeBelow(zone, 'apex.dns', domain) : undefined;
  return apex === undefined ? source : { ...source, nodes: [apex] };
}

export function nodeBelow(zone: Zone, prefix: string, domain: OwnerName): Node | undefined {
  const labels = labelsOf(`${prefix}.${domain}`);
  const { node, found } = zone.closest(labels);
  return found === labels.length ? node : undefined;
}

/**
 * The records that answer for a source: its whole subtree, less other groups; or a sample of them.
 * @param wanted those of other kinds need not be among them
 */
export function recordsOf(source: Source, wanted: Wanted = ANY_TRAIT): ZoneRecord[] {
  const [node] = source.nodes;
  if (node !== undefined && isSample(source, wanted)) return node.sample(wanted, source.most as number);
  if (source.nodes.every(({ isPlain }) => isPlain)) return wantedOf(source.nodes, wanted);
  return oneGroup(source.nodes.flatMap((each) => each.records()));
}

/** Where each record means itself alone, those that are not wanted need not be looked at. */
function wantedOf(nodes: readonly Node[], wanted: Wanted): ZoneRecord[] {
  const having = wanted === ANY_TRAIT ? nodes : nodes.filter((node) => countOf(node, wanted) > 0);
  return having.flatMap((node) => node.records(wanted));
}

/** True when a source has more than it is asked for, so that what it tells is a part of it. */
export function isSample({ nodes, most }: Source, wanted: Wanted): boolean {
  const [node] = nodes;
  if (most === undefined || wanted === ANY_TRAIT || node === undefined || nodes.length > 1) return false;
  return node.isPlain && countOf(node, wanted) > most;
}

/** The same without samples: for questions that cannot be answered from a part of the records. */
export function wholeOf({ most: _most, ...source }: Source): Source {
  return source;
}

/** How many records there are to look at. */
function countOf(node: Node, wanted: Wanted): number {
  const traits = TRAITS.filter((trait) => (wanted & TRAIT[trait]) !== 0);
  return traits.reduce((most, trait) => Math.max(most, node.count(trait)), 0);
}

/**
 * Among records found together the shortest name with a group decides: those of other groups are left out, those
 * without one stay. When the shortest ones disagree all stay (SkyDNS 2 msg.Group).
 */
export function oneGroup(records: ZoneRecord[]): ZoneRecord[] {
  const grouped = records.filter(({ service }) => service.group !== '');
  if (grouped.length === 0) return records;
  const top = grouped.reduce((least, { depth }) => Math.min(least, depth), Number.POSITIVE_INFINITY);
  const deciding = new Set(grouped.filter(({ depth }) => depth === top).map(({ service }) => service.group));
  if (deciding.size > 1) return records;
  return records.filter(({ service }) => service.group === '' || deciding.has(service.group));
}
