import type { ContainerSnapshot, Kind } from '../engine/snapshot.ts';

/** What `createService` is handed: skydock's container object in Go's spelling, and Docker's own beside it. */
export interface PluginContainer {
  /** Stands first, so that {@link isService} can tell without reading the rest. */
  readonly Kind: Kind;
  readonly Id: string;
  readonly Image: string;
  readonly Name: string;
  readonly Config: {
    readonly Hostname: string;
    readonly Image: string;
    readonly Env: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly NetworkSettings: {
    readonly IpAddress: string;
    readonly IPAddress: string;
    readonly Ports: ContainerSnapshot['ports'];
    readonly Networks: Readonly<Record<string, PluginNetwork>>;
  };
  readonly State: Readonly<Record<string, unknown>>;
}

/** A container for plugins, as it is handed to them: JSON, which is made once. */
export interface PluginSubject {
  readonly id: string;
  readonly text: string;
}

interface PluginNetwork {
  readonly IPAddress: string;
  readonly GlobalIPv6Address: string;
}

export function pluginSubject(container: PluginContainer): PluginSubject {
  return { id: container.Id, text: JSON.stringify(container) };
}

export function pluginContainer(snapshot: ContainerSnapshot): PluginContainer {
  const { id, name, image, hostname, env, labels, ports, state } = snapshot;
  const ip = snapshot.address?.ip ?? '';
  const networks = Object.entries(snapshot.networks).map(
    ([network, { ipv4, ipv6 }]) => [network, { IPAddress: ipv4, GlobalIPv6Address: ipv6 }] as const,
  );
  return {
    Kind: snapshot.kind,
    Id: id,
    Image: image,
    Name: name,
    Config: { Hostname: hostname, Image: image, Env: env, Labels: labels },
    NetworkSettings: { IpAddress: ip, IPAddress: ip, Ports: ports, Networks: Object.fromEntries(networks) },
    State: state,
  };
}

/** True for a service of a Swarm, of a plugin's container as JSON. */
export function isService(container: string): boolean {
  return container.startsWith('{"Kind":"service"');
}
