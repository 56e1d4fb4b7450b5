import type { Node } from './node.ts';
import type { ZoneRecord } from './record.ts';
import type { Wanted } from './source.ts';

/** How far each name's records have been told: the next sample goes on from there. */
const walks = new WeakMap<Node, Iterator<ZoneRecord>>();

/**
 * Some of the addresses at and below a name that has more of them than anybody can be told at once: those that come
 * after the last sample's, so that each has its turn. Costs what it gives back, however many there are.
 */
export function sample(node: Node, wanted: Wanted, most: number): ZoneRecord[] {
  const found: ZoneRecord[] = [];
  let walk = walks.get(node) ?? node.walk();
  for (let rounds = 0; found.length < most && rounds < 2; ) {
    const { done, value } = walk.next();
    if (done === true) {
      walk = node.walk();
      rounds += 1;
    } else if (isWanted(value, wanted)) found.push(value);
  }
  walks.set(node, walk);
  return found;
}

function isWanted({ kind }: ZoneRecord, wanted: Wanted): boolean {
  return kind === wanted || (wanted === 'addresses' && (kind === 'ipv4' || kind === 'ipv6'));
}
