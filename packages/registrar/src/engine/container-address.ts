import {
  type ContainerAddress,
  DEFAULT_BRIDGE,
  type InspectedContainer,
  type NetworkAddress,
} from './snapshot.ts';

/** Which of a container's addresses is published, as the options have it. */
export interface AddressRule {
  /** Networks in the order in which they are preferred. */
  readonly networks: readonly string[];
  /** For containers on the host's own network; undefined: they have no address. */
  readonly hostAddress: string | undefined;
}

/** The label by which a container names the network itself. */
export const NETWORK_LABEL = 'callsign.network';

const HOST = 'host';
/** No container is reached there by its own address: Swarm's routing mesh is for published ports. */
const NEVER = new Set([HOST, 'none', 'ingress']);
/** The default networks of Docker and of Podman. */
const DEFAULTS: readonly string[] = [DEFAULT_BRIDGE, 'podman'];

/** A container may share the network of one that shares another's; what goes on for longer is a loop. */
const MOST_OWNERS = 8;

type Attached = readonly [network: string, at: NetworkAddress];

/**
 * The address to publish, by the first of these that the container has:
 *
 *     on the host's network       the rule's host address
 *     label callsign.network      its address in that network, and in no other
 *     --network                   its address in the first one of them that it is in
 *     the default network         its address there
 *     other networks              its address in the first one by name
 *
 * Among those that nobody has named, one with an IPv4 address comes first. Undefined when there is no address.
 */
export function addressOf(container: InspectedContainer, rule: AddressRule): ContainerAddress | undefined {
  if (isOnHost(container)) return hostAddress(rule);
  const usable = Object.entries(container.networks).filter(isUsable);
  const label = container.labels[NETWORK_LABEL] ?? '';
  const chosen = label === '' ? firstOf(usable, rule.networks) : named(usable, label);
  return chosen && inNetwork(chosen);
}

/** True when a host is the one or the other address. */
export function isAt({ ip, ipv6 }: ContainerAddress, host: string): boolean {
  return host === ip || (host === ipv6 && ipv6 !== '');
}

/** True for a container that shares the network of its host. */
export function isOnHost({ networkMode, networks }: InspectedContainer): boolean {
  return networkMode === HOST || HOST in networks;
}

/** True for a running container without an address that is only about to get one. */
export function mayGetAddress(container: InspectedContainer): boolean {
  const { networkMode } = container;
  return networkMode !== 'none' && !isOnHost(container) && networkOwner(container) === undefined;
}

/** The id or name of the container whose network this one shares; undefined when it has its own. */
export function networkOwner({ networkMode }: InspectedContainer): string | undefined {
  return /^container:(.+)$/.exec(networkMode)?.[1];
}

/** A container as it is in the network that it has from another, if it has; `inspect` finds that one. */
export async function inItsNetwork(
  container: InspectedContainer,
  inspect: (id: string) => Promise<InspectedContainer | undefined>,
): Promise<InspectedContainer> {
  let found = container;
  for (let owners = 0; owners < MOST_OWNERS; owners += 1) {
    const id = networkOwner(found);
    if (id === undefined) return found;
    found = inNetworkOf(found, await inspect(id));
    const isGone = networkOwner(found) === id;
    if (isGone) return found;
  }
  return found;
}

/**
 * A container with the network of another: it has that one's networks, and what is published of its ports is
 * published there. Who started before the other did is left in a network that is no more.
 */
export function inNetworkOf(
  container: InspectedContainer,
  owner: InspectedContainer | undefined,
): InspectedContainer {
  const isThere = owner !== undefined && hasNetwork(owner) && owner.startedAt <= container.startedAt;
  if (!isThere) return { ...container, networks: {} };
  const { networkMode, networks } = owner;
  return { ...container, networkMode, networks, ports: portsThere(container, owner) };
}

/** Who is paused keeps its network, and whoever shares it goes on. */
function hasNetwork({ running, state }: InspectedContainer): boolean {
  return running || state.Paused === true;
}

function portsThere({ ports }: InspectedContainer, owner: InspectedContainer): InspectedContainer['ports'] {
  const own = Object.entries(ports).map(([port, bindings]) => [port, bindings ?? owner.ports[port] ?? null]);
  return Object.fromEntries(own);
}

function hostAddress({ hostAddress: ip }: AddressRule): ContainerAddress | undefined {
  return ip === undefined ? undefined : { ip, ipv6: '', network: HOST };
}

function isUsable([network, { ipv4, ipv6 }]: Attached): boolean {
  return !NEVER.has(network) && ipv4 + ipv6 !== '';
}

function named(usable: readonly Attached[], name: string): Attached | undefined {
  return usable.find(([network]) => network === name);
}

function firstOf(usable: readonly Attached[], preferred: readonly string[]): Attached | undefined {
  const wanted = preferred.map((name) => named(usable, name)).find((each) => each !== undefined);
  if (wanted !== undefined) return wanted;
  const defaults = DEFAULTS.map((name) => named(usable, name)).filter((each) => each !== undefined);
  const inOrder = [...defaults, ...usable.toSorted(([a], [b]) => (a < b ? -1 : 1))];
  return inOrder.find(([, { ipv4 }]) => ipv4 !== '') ?? inOrder[0];
}

function inNetwork([network, { ipv4, ipv6 }]: Attached): ContainerAddress {
  return ipv4 === '' ? { ip: ipv6, ipv6: '', network } : { ip: ipv4, ipv6, network };
}
