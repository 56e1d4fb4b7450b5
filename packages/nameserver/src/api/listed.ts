import type { OwnerName } from '@callsign/catalog';
import type { Turns } from '../turns.ts';
import type { Node } from '../zone/node.ts';
import type { ZoneRecord } from '../zone/record.ts';
import type { Zone } from '../zone/zone.ts';
import { type ShownService, shownService } from './shown-service.ts';

/** A service among many: what is stored of it is read when more is asked for than its name. */
export class Listed {
  readonly name: OwnerName;
  readonly #node: Node;
  readonly #zone: Zone;
  #shown: ShownService | undefined;

  constructor(name: OwnerName, node: Node, zone: Zone) {
    this.name = name;
    this.#node = node;
    this.#zone = zone;
  }

  get shown(): ShownService {
    this.#shown ??= shownService(this.#node.record as ZoneRecord, this.#zone);
    return this.#shown;
  }
}

/** Every service of a zone that stays as it is meanwhile: a copy. */
export function listed(zone: Zone): Generator<Listed> {
  return below(zone.root, '', zone);
}

function* below(node: Node, name: OwnerName, zone: Zone): Generator<Listed> {
  // What has nothing below it is there for its own record alone.
  if (node.isLeaf ? name !== '' : node.record !== undefined) yield new Listed(name, node, zone);
  for (const child of node.children()) yield* below(child, `${child.label}.${name}`, zone);
}

/** What all services of a zone are shown as. */
export async function everyShown(zone: Zone, turns: Turns): Promise<ShownService[]> {
  const all: ShownService[] = [];
  for (const { shown } of listed(zone)) {
    all.push(shown);
    if (turns.over) await turns.next();
  }
  return all;
}
