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
import { aliasNames, refuseReserved } from './alias.ts';
import { portHints, protocolOf } from './hints.ts';

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

/** The labels of a name that stand behind the container's id. */
interface Place {
  readonly labels: readonly string[];
  readonly isAlias: boolean;
}

/** A record that says nothing but an address; port -1 is in no SRV answer, as CoreDNS has it. */
const ADDRESS_ALONE = {
  port: -1,
  text: null,
  mail: false,
  portName: null,
  protocol: null,
  scheme: null,
  alpn: [],
};

/** Values by their keys. */
export type Records = ReadonlyMap<Key, string>;

export const NO_RECORDS: Records = new Map();

/** What comes of a plugin's result. */
export interface Recorded {
  readonly records: Records;
  /** Why aliases were left out, a sentence each. */
  readonly refused: readonly string[];
}

/** What every record of one container is made from. */
interface Scene {
  readonly container: ContainerSnapshot;
  readonly plugin: string;
  readonly identity: Identity;
}

/**
 * The records of one container. A service that cannot be published refuses them all, an alias only itself.
 * @throws {NameError} when a name cannot be made valid
 * @throws {ServiceError} when a service is none
 */
export function recordsOf(container: ContainerSnapshot, result: PluginResult, identity: Identity): Recorded {
  const scene: Scene = { container, plugin: result.plugin, identity };
  const records = new Map<Key, string>();
  const refused: string[] = [];
  for (const draft of result.drafts) {
    for (const place of placesOf(draft, identity, refused)) {
      put(records, freeName(records, container, draft, place), scene, draft, place);
      putOtherFamily(records, scene, draft, place);
    }
  }
  return { records, refused };
}

/** Where a service is to be found: by its own name, and by each of its aliases. */
function placesOf(draft: Draft, identity: Identity, refused: string[]): Place[] {
  const region = [identity.node, safeLabel(draft.region ?? identity.region)];
  const own = [...region, ...serviceLabels(draft, identity)];
  const aliases = aliasNames(draft.aliases, identity.domain, refused).map((name) => ({
    labels: [...region, ...labelsOf(name)],
    isAlias: true,
  }));
  const others = aliases.filter(({ labels }) => labels.join() !== own.join());
  return [{ labels: own, isAlias: false }, ...others];
}

function put(records: Map<Key, string>, name: OwnerName, scene: Scene, draft: Draft, place: Place): void {
  refuseReserved(name, scene.identity.domain);
  records.set(keyOf(name), messageOf(scene, draft, place.isAlias));
}

/**
 * A container that has addresses of both families is found by both. SRV counts it once, at its first address, and
 * what else a service says is said there.
 */
function putOtherFamily(records: Map<Key, string>, scene: Scene, draft: Draft, place: Place): void {
  const { id, address } = scene.container;
  if (address === undefined || address.ipv6 === '' || draft.host !== address.ip) return;
  const name = nameOfLabels([`${labelOf(id)}-v6`, ...place.labels]);
  put(records, name, scene, { ...draft, ...ADDRESS_ALONE, host: address.ipv6 }, place);
}

/** The first name of a service that none of the container's others has. */
function freeName(taken: Records, container: ContainerSnapshot, draft: Draft, place: Place): OwnerName {
  for (const label of labelsFor(container, draft)) {
    const name = nameOfLabels([label, ...place.labels]);
    if (!taken.has(keyOf(name))) return name;
  }
  const name = nameOfLabels([labelOf(container.id), ...place.labels]);
  throw new NameError(`two services of one container have the name ${name}`);
}

/**
 * The container's own id; where that name is taken by another of its ports, the id and the port number; where that
 * number is taken too, for TCP and UDP have the same ones, the protocol as well.
 */
function* labelsFor(container: ContainerSnapshot, draft: Draft): Generator<string, void, undefined> {
  const id = labelOf(container.id);
  yield id;
  yield `${id}-${draft.port}`;
  yield `${id}-${draft.port}-${protocolOf(container, draft) ?? 'tcp'}`;
}

function labelOf(container: string): string {
  return safeLabel(container.slice(0, 12));
}

function serviceLabels(draft: Draft, identity: Identity): string[] {
  const environment = draft.environment ?? identity.environment;
  return [
    safeLabel(draft.instance),
    safeLabel(draft.service),
    ...(environment === '' ? [] : [safeLabel(environment)]),
    ...labelsOf(identity.domain),
  ];
}

function messageOf(scene: Scene, draft: Draft, alias: boolean): string {
  const { host, port, mail } = draft;
  const service = checkService({
    ...EMPTY_SERVICE,
    host,
    port,
    mail,
    priority: draft.priority,
    weight: draft.weight,
    text: draft.text,
    group: draft.group,
    ttl: draft.ttl ?? scene.identity.ttl,
    callsign: provenance(scene, draft, alias),
  });
  return encodeService(service);
}

function provenance({ container, plugin, identity }: Scene, draft: Draft, alias: boolean): Provenance {
  const { id, image, address, health, startedAt } = container;
  return {
    owner: identity.node,
    source: 'docker',
    container: id,
    image,
    ...(address?.ip === draft.host && { network: address.network }),
    ...(health !== 'none' && { health }),
    ...(startedAt > 0 && { since: new Date(startedAt).toISOString() }),
    ...portHints(container, draft),
    ...(alias && { alias }),
    plugin,
  };
}
