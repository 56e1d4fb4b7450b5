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
  ServiceError,
  safeLabel,
} from '@callsign/catalog';
import { describe } from '@callsign/daemon';
import { isAt } from '../engine/container-address.ts';
import type { ContainerSnapshot } from '../engine/snapshot.ts';
import type { PluginResult } from '../plugins/host.ts';
import type { Draft } from '../plugins/result.ts';
import { aliasNames, refuseReserved } from './alias.ts';
import { portHints, protocolOf, refuseHost } from './hints.ts';

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

/** Values by their keys. */
export type Records = ReadonlyMap<Key, string>;

export const NO_RECORDS: Records = new Map();

/** What all values of one container may come to: 64 services with 64 aliases each could fill the store. */
const MOST_CHARACTERS = 1_000_000;
const TOO_MUCH = {
  field: 'the records',
  detail: `need more than ${MOST_CHARACTERS} characters in the store`,
};

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
  const making = new RecordsInMaking({ container, plugin: result.plugin, identity });
  for (const draft of result.drafts) making.add(draft);
  return making.recorded;
}

/** The records of one container, service by service. */
class RecordsInMaking {
  readonly #scene: Scene;
  readonly #records = new Map<Key, string>();
  readonly #taken = new Set<OwnerName>();
  readonly #refused: string[] = [];
  #characters = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  get recorded(): Recorded {
    return { records: this.#records, refused: this.#refused };
  }

  add(draft: Draft): void {
    refuseHost(draft);
    for (const place of this.#placesOf(draft)) {
      if (place.isAlias) this.#putAlias(draft, place);
      else this.#putService(draft, place);
      if (this.#characters > MOST_CHARACTERS) throw new ServiceError([TOO_MUCH]);
    }
  }

  /** Where a service is to be found: by its own name, and by each of its aliases. */
  #placesOf(draft: Draft): Place[] {
    const { identity } = this.#scene;
    const region = [identity.node, safeLabel(draft.region ?? identity.region)];
    const own = [...region, ...serviceLabels(draft, identity)];
    const names = aliasNames(draft.aliases, identity.domain, this.#refused);
    const aliases = names.map((name) => ({ labels: [...region, ...labelsOf(name)], isAlias: true }));
    const others = aliases.filter(({ labels }) => labels.join() !== own.join());
    return [{ labels: own, isAlias: false }, ...others];
  }

  /** An alias that is a name by itself may still be too long with what stands left of it. */
  #putAlias(draft: Draft, place: Place): void {
    try {
      this.#putService(draft, place);
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
      this.#refused.push(describe(error));
    }
  }

  #putService(draft: Draft, place: Place): void {
    const { container } = this.#scene;
    const name = freeName(this.#taken, container, draft, place);
    this.#taken.add(name);
    for (const part of partsOf(draft, container)) this.#put(name, part, place);
  }

  #put(service: OwnerName, part: Part, { isAlias }: Place): void {
    const { labels } = part;
    const name = labels.length === 0 ? service : nameOfLabels([...labels, ...labelsOf(service)]);
    refuseReserved(name, this.#scene.identity.domain);
    const value = messageOf(this.#scene, part, isAlias);
    this.#records.set(keyOf(name), value);
    this.#characters += value.length;
  }
}

/** What is said of a service under one key. */
interface Part {
  /** What stands left of the service's name in that key. */
  readonly labels: readonly string[];
  readonly draft: Draft;
}

/**
 * A container that has addresses of both families is found by both: each is said at a name of its own, from which
 * `targetstrip` leads back to the one that SRV points at. There nothing stands itself, for CoreDNS would not see
 * what is below it.
 *
 *     <id>          172.17.0.4                      one address
 *     v4.<id>       172.17.0.4    targetstrip 1     two
 *     v6.<id>       fd00::4       targetstrip 1
 */
function partsOf(draft: Draft, { address }: ContainerSnapshot): readonly Part[] {
  const hasBoth = address !== undefined && address.ipv6 !== '' && draft.host === address.ip;
  if (!hasBoth) return [{ labels: [], draft }];
  return [
    { labels: ['v4'], draft },
    { labels: ['v6'], draft: { ...draft, host: address.ipv6 } },
  ];
}

/** The first name of a service that none of the container's others has. */
function freeName(
  taken: ReadonlySet<OwnerName>,
  container: ContainerSnapshot,
  draft: Draft,
  place: Place,
): OwnerName {
  for (const label of labelsFor(container, draft)) {
    const name = nameOfLabels([label, ...place.labels]);
    if (!taken.has(name)) return name;
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

function messageOf(scene: Scene, { labels, draft }: Part, alias: boolean): string {
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
    targetstrip: labels.length,
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
    ...(address !== undefined && isAt(address, draft.host) && { network: address.network }),
    ...(health !== 'none' && { health }),
    ...(startedAt > 0 && { since: new Date(startedAt).toISOString() }),
    ...portHints(container, draft),
    ...(alias && { alias }),
    plugin,
  };
}
