import { isIPv4 } from 'node:net';
import { formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import type { Finding } from './finding.ts';
import { type Holder, holdersOf, refusalOf } from './sockets.ts';

export interface PortFacts {
  readonly at: SocketAddress;
  /** True: the nameserver that we reached says that it answers there. */
  readonly served: boolean;
  /** errno's name when it cannot be had. */
  readonly refusal: string | undefined;
  readonly holders: readonly Holder[];
}

export async function gatherPort(at: SocketAddress, served: boolean): Promise<PortFacts> {
  const refusal = await refusalOf(at);
  return { at, served, refusal, holders: refusal === 'EADDRINUSE' ? await holdersOf(at) : [] };
}

/** True when who listens there answers here, too: at every address of both families, or of IPv4. */
export function covers({ host, port }: SocketAddress, at: SocketAddress): boolean {
  if (port !== at.port) return false;
  const ipv4 = host === '0.0.0.0' && (at.host === '' || isIPv4(at.host));
  return host === at.host || host === '::' || ipv4;
}

/** Can a nameserver have its address for DNS? */
export function judgePort({ at, served, refusal, holders }: PortFacts): Finding {
  const about = `DNS at ${formatSocketAddress(at)}`;
  if (served) return { about, state: 'good', text: 'Callsign answers there' };
  switch (refusal) {
    case undefined:
      return { about, state: 'good', text: 'nobody has it: a nameserver can' };
    case 'EADDRINUSE':
      return takenBy(about, at, holders);
    case 'EACCES':
      return {
        about,
        state: 'wrong',
        text: 'this user may not listen there',
        cure: 'Give the program CAP_NET_BIND_SERVICE (AmbientCapabilities= in its unit), or choose a port number from 1024 on',
      };
    case 'EADDRNOTAVAIL':
      return {
        about,
        state: 'wrong',
        text: 'this machine has no such address',
        cure: '"ip address" shows those that it has; that of docker0 is there once Docker runs',
      };
    default:
      return { about, state: 'wrong', text: `it cannot be had: ${refusal}` };
  }
}

function takenBy(about: string, at: SocketAddress, holders: readonly Holder[]): Finding {
  const [first] = holders;
  if (first === undefined) {
    const cure = `Run this as root, or "ss -lunpt sport = :${at.port}", to see by whom`;
    return { about, state: 'wrong', text: 'it is taken', cure };
  }
  const told = holders.map(({ pid, program }) => `${program} (process ${pid})`).join(' and ');
  const text = `it is taken by ${told}`;
  if (first.program === 'docker-proxy')
    return { about, state: 'odd', text: `${text}: a container has it, which may be Callsign's` };
  return { about, state: 'wrong', text, cure: cureFor(first, at) };
}

function cureFor({ program, pid }: Holder, { port }: SocketAddress): string {
  if (program === 'systemd-resolve') {
    return (
      'Listen on one address, for example --dns 172.17.0.1:53, beside its 127.0.0.53; or set DNSStubListener=no in ' +
      '/etc/systemd/resolved.conf, and run "systemctl restart systemd-resolved"'
    );
  }
  return `Stop it ("systemctl status ${pid}" tells its unit), or listen on another address than it does, for example --dns 172.17.0.1:${port}`;
}
