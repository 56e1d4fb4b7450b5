import { formatSocketAddress, type ListenAt } from '@callsign/daemon';
import type { EndpointAt, PassedSocket } from '@callsign/dns';

/** Where each of them is served. */
export interface Places {
  readonly dns: readonly EndpointAt[];
  readonly dot: readonly ListenAt[];
  readonly doh: readonly ListenAt[];
  readonly http: readonly ListenAt[];
}

/** Sockets by what they are for. Each option whose name is here has no say any more. */
export interface PassedPlaces {
  readonly places: Partial<Places>;
  /** What is wrong with the sockets, in sentences. */
  readonly faults: readonly string[];
}

const CONNECTED = ['dot', 'doh', 'http'] as const;
const NAMES = ['dns', ...CONNECTED];

/** Reads what each socket is for from its name (`FileDescriptorName=`, systemd.socket(5)). */
export function placesOf(sockets: readonly PassedSocket[]): PassedPlaces {
  const dns = endpointsOf(sockets.filter(({ name }) => name === 'dns'));
  const connected = CONNECTED.map(
    (name) => [name, sockets.filter((socket) => socket.name === name)] as const,
  );
  const given = connected.filter(([, some]) => some.length > 0);
  return {
    places: {
      ...(dns.endpoints.length > 0 && { dns: dns.endpoints }),
      ...Object.fromEntries(given.map(([name, some]) => [name, some.map(listenAt)])),
    },
    faults: [...sockets.flatMap(faultsOf), ...dns.faults],
  };
}

function listenAt({ fd, address }: PassedSocket): ListenAt {
  return { ...address, fd };
}

function faultsOf({ fd, name, type }: PassedSocket): string[] {
  if (!NAMES.includes(name))
    return [`"${name}" (${fd}): FileDescriptorName= has to be one of ${NAMES.join(', ')}`];
  if (name === 'dns' || type === 'stream') return [];
  return [`"${name}" (${fd}) takes connections: ListenStream= instead of ListenDatagram=`];
}

/** DNS is always served over both transports (RFC 7766, 5), so each address has to have one socket of each. */
function endpointsOf(sockets: readonly PassedSocket[]) {
  const byAddress = Object.entries(Object.groupBy(sockets, ({ address }) => formatSocketAddress(address)));
  const pairs = byAddress.map(([at, some = []]) => ({
    at,
    udp: some.filter(({ type }) => type === 'datagram'),
    tcp: some.filter(({ type }) => type === 'stream'),
  }));
  return {
    endpoints: pairs.flatMap(({ udp: [udp], tcp: [tcp] }) => (udp && tcp ? [endpointAt(udp, tcp)] : [])),
    faults: pairs
      .filter(({ udp, tcp }) => udp.length !== 1 || tcp.length !== 1)
      .map(({ at }) => `"dns" at ${at} has to be one ListenDatagram= and one ListenStream=`),
  };
}

function endpointAt(udp: PassedSocket, tcp: PassedSocket): EndpointAt {
  return { ...udp.address, passed: { udp: udp.fd, tcp: tcp.fd } };
}
