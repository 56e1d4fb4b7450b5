import type { OwnerName } from '@callsign/catalog';
import type { Node } from './node.ts';
import type { ZoneRecord } from './record.ts';
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
}

/** No name like this and nothing below it. */
export interface Missing {
  readonly anchor: Node;
  readonly nodes: undefined;
}

/** Labels that stand for any one label in a question. */
export const ANY_LABEL: ReadonlySet<string> = new Set(['*', 'any']);

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
  const below = labels.length - domain.split('.').length + 1;
  if (labels.slice(0, below).some((label) => ANY_LABEL.has(label))) return findAnyLabel(zone, owner, labels);
  const { node, found } = zone.closest(labels);
  if (found === labels.length) return { owner, anchor: node, nodes: [node], exact: node.record };
  if (below === 0) return { owner, anchor: node, nodes: [], exact: undefined };
  const wildcard = found >= labels.length - below ? node.child('*') : undefined;
  if (wildcard === undefined) return { anchor: node, nodes: undefined };
  return { owner, anchor: node, nodes: [wildcard], exact: wildcard.record };
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

/** All records that answer for a source: its whole subtree, less other groups. */
export function recordsOf(source: Source): ZoneRecord[] {
  const records: ZoneRecord[] = [];
  for (const node of source.nodes) node.collect(records);
  return oneGroup(records);
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
