import { networkInterfaces } from 'node:os';
import { formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import { type Finding, someOf } from './finding.ts';

export interface UpstreamFacts {
  /** Where we answer, each address by itself. */
  readonly ours: readonly SocketAddress[];
  readonly upstreams: readonly SocketAddress[];
  /** Who named them: the nameserver, or a file. */
  readonly source: string;
}

/** Every address by itself that a nameserver has which listens there. */
export function addressesOf(listening: readonly SocketAddress[]): SocketAddress[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  return listening.flatMap(({ host, port }) => {
    const hosts = ['', '0.0.0.0', '::'].includes(host) ? all.map(({ address }) => address) : [host];
    return hosts.map((each) => ({ host: each, port }));
  });
}

/** Would a question go round in a circle? */
export function judgeUpstreams({ ours, upstreams, source }: UpstreamFacts): Finding {
  const about = 'upstreams';
  if (upstreams.length === 0)
    return { about, state: 'odd', text: `${source} names none: other names are not resolved` };
  const own = new Set(ours.map(formatSocketAddress));
  const circle = upstreams.map(formatSocketAddress).filter((upstream) => own.has(upstream));
  if (circle.length === 0) {
    return {
      about,
      state: 'good',
      text: `${someOf(upstreams.map(formatSocketAddress))}, named by ${source}`,
    };
  }
  return {
    about,
    state: 'wrong',
    text: `${someOf(circle)}, named by ${source}, is this nameserver itself: questions would go round in a circle`,
    cure: "Name your network's resolver by --nameserver IP, or have the container that it runs in started with --dns IP",
  };
}
