import type { StoreAddress } from '@callsign/catalog';
import { socketAddress } from '@callsign/daemon';
import { type Finding, someOf } from './finding.ts';
import { type Probe, type ProbeOptions, probe } from './http-probe.ts';

const ABOUT = 'the store';

export interface Member {
  /** `HOST:PORT`, or the URL of a nameserver that others use as their store. */
  readonly at: string;
  readonly answer: Probe;
}

export interface StoreFacts {
  readonly kind: StoreAddress['kind'];
  readonly members: readonly Member[];
}

/** What each member says of itself: etcd at /health, a nameserver at /readyz. */
export async function gatherStore(
  store: StoreAddress,
  files: Pick<ProbeOptions, 'ca' | 'cert' | 'key'>,
): Promise<StoreFacts> {
  switch (store.kind) {
    case 'embedded':
      return { kind: store.kind, members: [] };
    case 'http': {
      const { hostname, port, protocol } = new URL(store.url);
      const secure = protocol === 'https:';
      const host = hostname.replace(/^\[|\]$/g, '');
      const answer = await probe({ host, port: port || (secure ? 443 : 80), secure, path: '/readyz' });
      return { kind: store.kind, members: [{ at: store.url, answer }] };
    }
    case 'etcd': {
      const asked = store.hosts.map(async (at) => {
        const { host, port } = socketAddress(2379)(at);
        return { at, answer: await probe({ host, port, path: '/health', secure: store.secure, ...files }) };
      });
      return { kind: store.kind, members: await Promise.all(asked) };
    }
    default:
      return store satisfies never;
  }
}

/** Is the store there, and can it be written? An etcd member is healthy only while it knows of a leader. */
export function judgeStore({ kind, members }: StoreFacts): Finding {
  if (kind === 'embedded') return { about: ABOUT, state: 'good', text: 'it is embedded in the nameserver' };
  const silent = members.filter(({ answer }) => answer.kind === 'silence');
  const healthy = members.filter(({ answer }) => answer.kind === 'answer' && answer.status === 200);
  if (healthy.length === members.length) {
    return { about: ABOUT, state: 'good', text: `healthy: ${someOf(members.map(({ at }) => at))}` };
  }
  if (silent.length === members.length) return unreachable(silent);
  if (healthy.length > 0) return partial(members.filter((member) => !healthy.includes(member)));
  return kind === 'etcd' ? leaderless(members) : unready(members);
}

function unreachable(silent: readonly Member[]): Finding {
  const cure = 'Start it, or correct --store; a firewall may be in between';
  return { about: ABOUT, state: 'wrong', text: `nobody answers: ${someOf(silent.map(told))}`, cure };
}

function partial(ill: readonly Member[]): Finding {
  const cure = 'It works as long as most members do; bring these back, or take them out of --store';
  return { about: ABOUT, state: 'odd', text: `not healthy: ${someOf(ill.map(told))}`, cure };
}

function leaderless(members: readonly Member[]): Finding {
  const cure =
    'Most members have to be there and to reach each other: "etcdctl endpoint status --cluster" shows who does not';
  return { about: ABOUT, state: 'wrong', text: `etcd has no quorum: ${someOf(members.map(told))}`, cure };
}

function unready(members: readonly Member[]): Finding {
  const cure = 'Look into the log of that nameserver, or run "callsign doctor" there';
  return { about: ABOUT, state: 'wrong', text: `not ready: ${someOf(members.map(told))}`, cure };
}

function told({ at, answer }: Member): string {
  return answer.kind === 'silence'
    ? `${at} (${answer.code})`
    : `${at} (${answer.status} ${answer.body.trim()})`;
}
