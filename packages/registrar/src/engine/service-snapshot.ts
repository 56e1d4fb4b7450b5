import { array, object, text, texts } from './document.ts';
import { SIGTERM } from './signals.ts';
import type { InspectedContainer, NetworkAddress, PortBinding } from './snapshot.ts';

/** The label by which Docker tells a task's container whose task it is; a service is given it too. */
const SERVICE_NAME = 'com.docker.swarm.service.name';

/**
 * Reads the answer to `GET /services/ID` as if the service were one container that answers at its virtual address in
 * every network. `names` are the networks' names by id. A service without a virtual address (`dnsrr`) has none here.
 */
export function readService(document: unknown, names: ReadonlyMap<string, string>): InspectedContainer {
  const { ID, Spec, Endpoint } = object(document);
  const { Name, Labels, TaskTemplate } = object(Spec);
  const { Image, Env } = object(object(TaskTemplate).ContainerSpec);
  const { VirtualIPs, Ports } = object(Endpoint);
  const name = text(Name);
  return {
    kind: 'service',
    id: text(ID),
    name: `/${name}`,
    image: text(Image),
    hostname: '',
    env: array(Env).map(text),
    labels: { ...texts(object(Labels)), [SERVICE_NAME]: name },
    running: true,
    health: 'none',
    startedAt: 0,
    stopSignal: SIGTERM,
    state: {},
    ports: Object.fromEntries(array(Ports).map(port)),
    networkMode: 'none',
    networks: networksOf(array(VirtualIPs), names),
  };
}

/** The ids of the networks in which a service has a virtual address. */
export function networkIdsOf(document: unknown): readonly string[] {
  return array(object(object(document).Endpoint).VirtualIPs).map((at) => text(object(at).NetworkID));
}

/** The routing mesh publishes a port on every node, `mode=host` only where a task runs. */
function port(value: unknown): readonly [string, readonly PortBinding[] | null] {
  const { TargetPort, Protocol, PublishedPort, PublishMode } = object(value);
  const binding = { HostIp: '', HostPort: String(PublishedPort) };
  return [`${TargetPort}/${text(Protocol)}`, PublishMode === 'ingress' ? [binding] : null];
}

function networksOf(
  virtual: readonly unknown[],
  names: ReadonlyMap<string, string>,
): Readonly<Record<string, NetworkAddress>> {
  const all = virtual.map((value): readonly [string, NetworkAddress] => {
    const { NetworkID, Addr } = object(value);
    return [names.get(text(NetworkID)) ?? text(NetworkID), networkAddress(text(Addr))];
  });
  return Object.fromEntries(all);
}

/** `10.0.1.2/24`: the prefix length is of no use to anybody who asks for a name. */
function networkAddress(address: string): NetworkAddress {
  const [ip = ''] = address.split('/');
  return ip.includes(':') ? { ipv4: '', ipv6: ip } : { ipv4: ip, ipv6: '' };
}
