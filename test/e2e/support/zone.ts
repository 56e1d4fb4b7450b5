import assert from 'node:assert/strict';
import type { SocketAddress } from '@callsign/daemon';
import { ask } from '../../support/dig.ts';
import type { Engine } from '../../support/engine.ts';
import { eventually } from '../../support/wait.ts';

/** An Engine and the name that its registrar goes by. */
export interface Site {
  readonly engine: Engine;
  readonly node: string;
  readonly region?: string;
}

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Config: { readonly Image: string };
  readonly HostConfig: { readonly NetworkMode: string };
  readonly NetworkSettings: {
    readonly IPAddress: string;
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
  };
}

/** A watch on a member that says nothing any more is given up after 15 s, and everything takes longer on a busy machine. */
const SETTLES_MS = 75_000;

/** The docker client takes ten times as long as a question does: what it says is good for so many milliseconds. */
const SAID_MS = 1_000;

/** Waits until the zone is what `docker ps` says on every site: neither more nor less. */
export async function zoneSettles(server: SocketAddress, ...sites: readonly Site[]): Promise<void> {
  await eventually(async () => {
    const running = (await Promise.all(sites.map(runningZone))).flat().toSorted();
    await eventually(async () => assert.deepEqual(await servedZone(server), running), SAID_MS, 50);
  }, SETTLES_MS);
}

/** Every record of the zone with its address, by one question over TCP. */
async function servedZone(server: SocketAddress): Promise<string[]> {
  const { rcode, answer, additional } = await ask(server, 'dev.docker', 'SRV', { tcp: true });
  assert.match(rcode, /^(NOERROR|NXDOMAIN)$/);
  const targets = new Set(answer.map((line) => line.split(' ').at(-1)));
  const addresses = additional.map((line) => line.split(' '));
  return addresses
    .filter(([owner, , , type]) => type === 'A' && targets.delete(owner))
    .map(([owner, , , , address]) => `${owner} ${address}`)
    .concat([...targets].map((target) => `${target} has no address`))
    .toSorted();
}

/** What should be served for the containers that run; a paused one does not. */
async function runningZone({ engine, node, region = 'default' }: Site): Promise<string[]> {
  const ids = await engine.docker('ps', '--quiet', '--filter', 'status=running');
  if (ids === '') return [];
  const containers: Inspected[] = JSON.parse(await engine.docker('inspect', ...ids.split('\n')));
  return containers.flatMap((container) => {
    const owner = containers.find(({ Id }) => container.HostConfig.NetworkMode === `container:${Id}`);
    const address = addressOf(owner ?? container);
    const { Id, Name, Config } = container;
    if (address === '') return [];
    return [`${Id.slice(0, 12)}.${node}.${region}.${Name.slice(1)}.${Config.Image}.dev.docker. ${address}`];
  });
}

/** The default bridge's, else that of the first network by name. */
function addressOf({ NetworkSettings: { IPAddress, Networks } }: Inspected): string {
  const [, first] = Object.entries(Networks).toSorted(([a], [b]) => (a < b ? -1 : 1))[0] ?? [];
  return IPAddress || (first?.IPAddress ?? '');
}
