import { readFile } from 'node:fs/promises';
import { type Finding, someOf } from './finding.ts';
import { type ProbeOptions, probe } from './http-probe.ts';

export interface ContainerFacts {
  readonly name: string;
  /** Whom it asks; undefined when its resolv.conf cannot be read or does not tell. */
  readonly servers: readonly string[] | undefined;
}

interface Inspected {
  readonly Name?: string;
  readonly Path?: string;
  readonly Args?: readonly string[];
  readonly ResolvConfPath?: string;
  readonly HostConfig?: { readonly NetworkMode?: string; readonly Dns?: readonly string[] | null };
}

/** Docker's own resolver, in every network that somebody made. */
const EMBEDDED = '127.0.0.11';

/** What the containers' resolv.conf say; none of Callsign's own, which must not ask itself. */
export async function gatherContainers(engine: ProbeOptions): Promise<readonly ContainerFacts[]> {
  const listed = await fetched<readonly { readonly Id: string }[]>(engine, '/containers/json');
  const inspected = (listed ?? []).map(({ Id }) => fetched<Inspected>(engine, `/containers/${Id}/json`));
  const clients = (await Promise.all(inspected))
    .filter((container) => container !== undefined)
    .filter(isClient);
  return await Promise.all(
    clients.map(async ({ Name = '', ResolvConfPath = '', HostConfig }) => {
      const text = await readFile(ResolvConfPath, 'utf8').catch(() => undefined);
      return { name: Name.replace(/^\//, ''), servers: askedBy(text, HostConfig?.Dns ?? []) };
    }),
  );
}

function isClient({ Path = '', Args = [], HostConfig }: Inspected): boolean {
  return HostConfig?.NetworkMode !== 'none' && ![Path, ...Args].some((word) => /\bcallsign\b/.test(word));
}

/** Older Engines do not write whom their own resolver asks; what a container was started with is known at least. */
function askedBy(text: string | undefined, given: readonly string[]): readonly string[] | undefined {
  const servers = text === undefined ? undefined : serversIn(text);
  return servers ?? (given.length === 0 ? undefined : given);
}

/** Behind Docker's own resolver are those that it passes questions on to, which a comment of the file names. */
export function serversIn(text: string): readonly string[] | undefined {
  const named = [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, server = '']) => server);
  if (!named.includes(EMBEDDED)) return named;
  const behind = /^# ExtServers: \[(.*)\]/m.exec(text)?.[1];
  return behind?.split(/\s+/).map((server) => server.replace(/^host\((.*)\)$/, '$1'));
}

/** Do containers ask us? */
export function judgeContainers(containers: readonly ContainerFacts[], ours: readonly string[]): Finding {
  const about = 'containers';
  const told = containers.filter(({ servers }) => servers !== undefined);
  const others = told.filter(({ servers = [] }) => !servers.some((server) => ours.includes(server)));
  if (others.length > 0) {
    const [{ servers: [asked = 'nobody'] = [] } = {}] = others;
    return {
      about,
      state: 'odd',
      text: `${others.length} of ${told.length} ask ${asked} and not this nameserver: ${someOf(others.map(({ name }) => name))}`,
      cure: '"dns" in /etc/docker/daemon.json ("callsign install" shows it), then make them anew; or start them with --dns',
    };
  }
  if (told.length > 0) return { about, state: 'good', text: `all ${told.length} ask this nameserver` };
  if (containers.length === 0) return { about, state: 'good', text: 'none runs' };
  return {
    about,
    state: 'unknown',
    text: 'whom they ask cannot be read here: run this as root on the machine itself',
  };
}

async function fetched<T>(engine: ProbeOptions, path: string): Promise<T | undefined> {
  const answer = await probe({ ...engine, path });
  if (answer.kind === 'silence' || answer.status !== 200) return undefined;
  try {
    return JSON.parse(answer.body) as T;
  } catch {
    return undefined;
  }
}
