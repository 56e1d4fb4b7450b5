import { array, type Document, mapped, object, text, texts } from './document.ts';
import { SIGTERM, signalNumber } from './signals.ts';

/**
 * One container at one moment, as far as names depend on it. Everything is there: what the Engine left out or
 * sent as null is empty. A service of a Swarm has the same shape (`service-snapshot.ts`).
 */
export interface InspectedContainer {
  readonly kind: Kind;
  /** 64 hex digits; a service's are 25 letters and digits. */
  readonly id: string;
  /** With its slash, as the Engine has it: `/redis1`. */
  readonly name: string;
  /** The image as it was asked for: `redis:7.2`. */
  readonly image: string;
  readonly hostname: string;
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** True when the container can answer: it runs and is neither paused nor about to be restarted. */
  readonly running: boolean;
  /** What its health check says; `none` where it has no health check. */
  readonly health: Health;
  /** Milliseconds since the epoch; 0 where the Engine does not say. */
  readonly startedAt: number;
  /** The number of the signal that asks it to stop; undefined where its events cannot tell one signal from another. */
  readonly stopSignal: number | undefined;
  /** The Engine's own account of the state. */
  readonly state: Readonly<Record<string, unknown>>;
  /** By `6379/tcp`, those that the image exposes included; null when the port is not published. */
  readonly ports: Readonly<Record<string, readonly PortBinding[] | null>>;
  /** `bridge`, `host`, `none`, `container:ID`, or a network's name. */
  readonly networkMode: string;
  readonly networks: Readonly<Record<string, NetworkAddress>>;
}

/** The container snapshot: an inspected container, and where it is reached. */
export interface ContainerSnapshot extends InspectedContainer {
  /** Undefined when it has no address to publish. */
  readonly address: ContainerAddress | undefined;
}

export type Kind = 'container' | 'service';

export type Health = 'none' | 'starting' | 'healthy' | 'unhealthy';

export interface PortBinding {
  /** Empty, `0.0.0.0` or `::` for every address of the host. */
  readonly HostIp: string;
  readonly HostPort: string;
}

/** A container's addresses in one network; '' where it has none. */
export interface NetworkAddress {
  readonly ipv4: string;
  readonly ipv6: string;
}

/** The address that is published, and the network that it is in. */
export interface ContainerAddress {
  /** IPv4 where the container has both. */
  readonly ip: string;
  /** Its IPv6 address in the same network where `ip` is IPv4; '' for none. */
  readonly ipv6: string;
  readonly network: string;
}

/** Docker's name for the network of a container that names none. */
export const DEFAULT_BRIDGE = 'bridge';

/** Reads the answer to `GET /containers/ID/json`, whatever version of Docker or Podman wrote it. */
export function readContainer(document: unknown): InspectedContainer {
  const { Id, Name, Config, State, HostConfig, NetworkSettings } = object(document);
  const config = object(Config);
  const state = object(State);
  const settings = object(NetworkSettings);
  return {
    kind: 'container',
    id: text(Id),
    name: text(Name),
    image: text(config.Image),
    hostname: text(config.Hostname),
    env: array(config.Env).map(text),
    labels: texts(object(config.Labels)),
    running: isRunning(state),
    health: healthOf(state),
    startedAt: Date.parse(text(state.StartedAt)) || 0,
    stopSignal: stopSignalOf(config),
    state,
    ports: portsOf(config, settings),
    networkMode: text(object(HostConfig).NetworkMode),
    networks: networksOf(settings),
  };
}

/** A restarting container is "running" in the Engine's book, but nobody answers there. */
function isRunning({ Running, Paused, Restarting }: Document): boolean {
  return Running === true && Paused !== true && Restarting !== true;
}

/** Into each event the Engine writes all labels, over what it has to say itself: one called `signal` hides the signal. */
function stopSignalOf({ StopSignal, Labels }: Document): number | undefined {
  if (Object.hasOwn(object(Labels), 'signal')) return undefined;
  return signalNumber(text(StopSignal)) ?? SIGTERM;
}

/** Podman has written `Healthcheck` for what Docker calls `Health`. */
function healthOf({ Health, Healthcheck }: Document): Health {
  const status = text(object(Health ?? Healthcheck).Status);
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : 'none';
}

/** Outside its bridge networks the Engine knows a container's ports from its image alone. */
function portsOf({ ExposedPorts }: Document, { Ports }: Document) {
  return { ...mapped(object(ExposedPorts), () => null), ...mapped(object(Ports), bindings) };
}

/** An Engine that tells of no networks has the default bridge alone (API before 1.21, Podman before 2.0). */
function networksOf(settings: Document): Readonly<Record<string, NetworkAddress>> {
  const networks = mapped(object(settings.Networks), networkAddress);
  const top = networkAddress(settings);
  const isOnlyTop = Object.keys(networks).length === 0 && top.ipv4 + top.ipv6 !== '';
  return isOnlyTop ? { [DEFAULT_BRIDGE]: top } : networks;
}

function networkAddress(value: unknown): NetworkAddress {
  const { IPAddress, GlobalIPv6Address } = object(value);
  return { ipv4: text(IPAddress), ipv6: text(GlobalIPv6Address) };
}

function bindings(value: unknown): readonly PortBinding[] | null {
  if (!Array.isArray(value)) return null;
  return value.map((each) => {
    const { HostIp, HostPort } = object(each);
    return { HostIp: text(HostIp), HostPort: text(HostPort) };
  });
}
