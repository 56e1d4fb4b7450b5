import { randomInt } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { formatSocketAddress, type SocketAddress } from '@callsign/daemon';
import { askUpstream, encodeQuestion, typeOf } from '@callsign/dns';
import { NO_UPSTREAM } from '@callsign/nameserver/options';
import { type Finding, PATIENCE_MS, someOf } from './finding.ts';

export interface UpstreamFacts {
  /** Where we answer, each address by itself. */
  readonly ours: readonly SocketAddress[];
  readonly upstreams: readonly SocketAddress[];
  /** Those of them that leave a question without an answer, asked from here. */
  readonly silent: readonly SocketAddress[];
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

/** Those that do not say who serves the root, which every resolver knows. */
export async function silentOf(upstreams: readonly SocketAddress[]): Promise<SocketAddress[]> {
  const answers = await Promise.all(upstreams.map(isAnswering));
  return upstreams.filter((_, at) => !answers[at]);
}

async function isAnswering(upstream: SocketAddress): Promise<boolean> {
  const query = encodeQuestion(randomInt(2 ** 16), '.', typeOf('NS'));
  const asked = askUpstream(upstream, query, { signal: AbortSignal.timeout(PATIENCE_MS) });
  return await asked.then(
    () => true,
    () => false,
  );
}

/** Would a question be answered, and not go round in a circle? */
export function judgeUpstreams({ ours, upstreams, silent, source }: UpstreamFacts): Finding {
  const about = 'upstreams';
  if (upstreams.length === 0)
    return { about, state: 'odd', text: `${source} names none: other names are not resolved` };
  const own = new Set(ours.map(formatSocketAddress));
  const told = upstreams.map(formatSocketAddress);
  const circle = told.filter((upstream) => own.has(upstream));
  if (circle.length > 0)
    return {
      about,
      state: 'wrong',
      text: `${someOf(circle)}, named by ${source}, is this nameserver itself: questions would go round in a circle`,
      cure: "Name your network's resolver by --nameserver IP, or have the container that it runs in started with --dns IP",
    };
  if (silent.length > 0)
    return {
      about,
      state: 'odd',
      text: `no answer here from ${someOf(silent.map(formatSocketAddress))}, named by ${source}`,
      cure: `A firewall may be in between; or name your network's resolver by --nameserver IP, or none by --nameserver ${NO_UPSTREAM}`,
    };
  return { about, state: 'good', text: `${someOf(told)}, named by ${source}` };
}
