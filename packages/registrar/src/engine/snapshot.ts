/**
 * One container at one moment, as far as names depend on it. Everything is there: what the Engine left out or
 * sent as null is empty.
 */
export interface ContainerSnapshot {
  /** 64 hex digits. */
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
  /** The Engine's own account of the state. */
  readonly state: Readonly<Record<string, unknown>>;
  /** By `6379/tcp`; null when the port is exposed but not published. */
  readonly ports: Readonly<Record<string, readonly PortBinding[] | null>>;
  readonly networks: Readonly<Record<string, NetworkAddress>>;
  /** Where the container is reached; undefined when it has no address of its own. */
  readonly address: ContainerAddress | undefined;
}

interface PortBinding {
  readonly HostIp: string;
  readonly HostPort: string;
}

/** A container's addresses in one network; '' where it has none. */
interface NetworkAddress {
  readonly ipv4: string;
  readonly ipv6: string;
}

interface ContainerAddress {
  readonly ip: string;
  readonly network: string;
}

type Document = Readonly<Record<string, unknown>>;

/** Reads the answer to `GET /containers/ID/json`, whatever version of Docker or Podman wrote it. */
export function snapshotOf(document: unknown): ContainerSnapshot {
  const { Id, Name, Config, State, NetworkSettings } = object(document);
  const config = object(Config);
  const settings = object(NetworkSettings);
  const networks = mapped(object(settings.Networks), networkAddress);
  return {
    id: text(Id),
    name: text(Name),
    image: text(config.Image),
    hostname: text(config.Hostname),
    env: array(config.Env).map(text),
    labels: mapped(object(config.Labels), text),
    running: isRunning(object(State)),
    state: object(State),
    ports: mapped(object(settings.Ports), bindings),
    networks,
    address: addressOf(networkAddress(settings), networks),
  };
}

/** A restarting container is "running" in the Engine's book, but nobody answers there. */
function isRunning({ Running, Paused, Restarting }: Document): boolean {
  return Running === true && Paused !== true && Restarting !== true;
}

/**
 * The address to publish: the default bridge's (the top-level one), else that of the first network by name;
 * IPv4 before IPv6.
 */
function addressOf(
  top: NetworkAddress,
  networks: Readonly<Record<string, NetworkAddress>>,
): ContainerAddress | undefined {
  const named = Object.entries(networks).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const family of ['ipv4', 'ipv6'] as const) {
    const owner = named.find(([, at]) => at[family] === top[family])?.[0] ?? 'bridge';
    if (top[family] !== '') return { ip: top[family], network: owner };
    const [network, at] = named.find(([, each]) => each[family] !== '') ?? [];
    if (network !== undefined && at !== undefined) return { ip: at[family], network };
  }
  return undefined;
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

function object(value: unknown): Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Document) : {};
}

function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Keeps a key called `__proto__` a key: `fromEntries` defines, it does not assign. */
function mapped<T>(values: Document, read: (value: unknown) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, read(value)]));
}
