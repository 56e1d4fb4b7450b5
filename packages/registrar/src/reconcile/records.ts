import {
  checkService,
  EMPTY_SERVICE,
  encodeService,
  type Key,
  keyOf,
  labelsOf,
  NameError,
  nameOfLabels,
  type OwnerName,
  type Provenance,
  safeLabel,
} from '@callsign/catalog';
import type { ContainerSnapshot } from '../engine/snapshot.ts';
import type { PluginResult } from '../plugins/host.ts';
import type { Draft } from '../plugins/result.ts';

/** Who publishes, and what a plugin leaves to the options. */
export interface Identity {
  /** A label; the owner of every record of ours. */
  readonly node: string;
  readonly region: string;
  /** '' leaves the label out. */
  readonly environment: string;
  readonly domain: OwnerName;
  readonly ttl: number;
}

/** Values by their keys. */
export type Records = ReadonlyMap<Key, string>;

export const NO_RECORDS: Records = new Map();

/**
 * The records of one container.
 * @throws {NameError} when a name cannot be made valid
 * @throws {ServiceError} when a service is none
 */
export function recordsOf(container: ContainerSnapshot, result: PluginResult, identity: Identity): Records {
  const records = new Map<Key, string>();
  for (const draft of result.drafts) {
    const key = freeKey(records, container, draft, identity);
    records.set(key, messageOf(container, draft, result.plugin, identity));
  }
  return records;
}

/** The container's own id, and where that name is taken by another of its ports, the id and the port number. */
function freeKey(taken: Records, container: ContainerSnapshot, draft: Draft, identity: Identity): Key {
  const id = container.id.slice(0, 12);
  const keys = [id, `${id}-${draft.port}`].map((label) => keyOf(nameOf(label, draft, identity)));
  const free = keys.find((key) => !taken.has(key));
  if (free !== undefined) return free;
  throw new NameError(`two services of one container have the name ${nameOf(id, draft, identity)}`);
}

function nameOf(id: string, draft: Draft, identity: Identity): OwnerName {
  const environment = draft.environment ?? identity.environment;
  return nameOfLabels([
    safeLabel(id),
    identity.node,
    safeLabel(draft.region ?? identity.region),
    safeLabel(draft.instance),
    safeLabel(draft.service),
    ...(environment === '' ? [] : [safeLabel(environment)]),
    ...labelsOf(identity.domain),
  ]);
}

function messageOf(container: ContainerSnapshot, draft: Draft, plugin: string, identity: Identity): string {
  const { host, port } = draft;
  const callsign = provenance(container, draft, plugin, identity.node);
  return encodeService(
    checkService({ ...EMPTY_SERVICE, host, port, ttl: draft.ttl ?? identity.ttl, callsign }),
  );
}

function provenance(
  { id, image, ports, address }: ContainerSnapshot,
  { port, host }: Draft,
  plugin: string,
  owner: string,
): Provenance {
  const protocol = Object.keys(ports)
    .sort()
    .find((key) => key.split('/')[0] === String(port))
    ?.split('/')[1];
  return {
    owner,
    source: 'docker',
    container: id,
    image,
    ...(address?.ip === host && { network: address.network }),
    ...(protocol !== undefined && { protocol }),
    plugin,
  };
}
