import { isIP } from 'node:net';
import { isAt, isOnHost } from '../engine/container-address.ts';
import type { ContainerSnapshot, PortBinding } from '../engine/snapshot.ts';
import type { Draft } from '../plugins/result.ts';
import { protocolsOf } from './hints.ts';

const WILDCARDS: Readonly<Record<string, readonly number[]>> = { '': [4, 6], '0.0.0.0': [4], '::': [6] };
const LOOPBACK = /^(127\.|::1$)/;

/**
 * A service as callers off the host reach it: the container's own address and port number give way to the host's.
 *
 *     the service's host       its port is published at       it becomes
 *     container's address      every address of the host      `ip`, the host's port number
 *     container's address      one address of the host        that address, the host's port number
 *     container's address      127.0.0.1, or nowhere          undefined: nobody reaches it
 *     anything else, or a container on the host's network     as it is
 */
export function published(draft: Draft, container: ContainerSnapshot, ip: string): Draft | undefined {
  const { address, ports } = container;
  const isOwn = address !== undefined && !isOnHost(container) && isAt(address, draft.host);
  if (!isOwn) return draft;
  const bindings = protocolsOf(draft).flatMap((protocol) =>
    (ports[`${draft.port}/${protocol}`] ?? []).map((binding) => ({ ...binding, protocol })),
  );
  const found = bindings.find(isAtEvery(ip)) ?? bindings.find(isAtOne);
  if (found === undefined) return undefined;
  const { HostIp, HostPort, protocol } = found;
  return { ...draft, host: isAtOne(found) ? HostIp : ip, port: Number(HostPort), protocol };
}

/** True for a port that is published at every address of the family of `ip`. */
function isAtEvery(ip: string): (binding: PortBinding) => boolean {
  return ({ HostIp }) => WILDCARDS[HostIp]?.includes(isIP(ip)) ?? false;
}

function isAtOne({ HostIp }: PortBinding): boolean {
  return isIP(HostIp) !== 0 && !Object.hasOwn(WILDCARDS, HostIp) && !LOOPBACK.test(HostIp);
}
