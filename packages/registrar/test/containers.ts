import { addressOf } from '../src/engine/container-address.ts';
import { type ContainerSnapshot, readContainer } from '../src/engine/snapshot.ts';
import { type PluginContainer, pluginContainer } from '../src/plugins/container.ts';

/** A container's id from one hex digit or a few. */
function idOf(digits: string): string {
  return digits.padEnd(64, '0');
}

/** An inspect document of a running redis, changed as a test needs it. */
export function inspectDocument(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    Id: idOf('3f2a9c0b17de'),
    Name: '/redis1',
    Image: 'sha256:0000',
    Config: { Hostname: '3f2a9c0b17de', Image: 'redis:7.2', Env: ['PATH=/bin'], Labels: {} },
    State: { Status: 'running', Running: true, Paused: false, Restarting: false },
    NetworkSettings: {
      IPAddress: '172.17.0.4',
      Ports: { '6379/tcp': null },
      Networks: { bridge: { IPAddress: '172.17.0.4', GlobalIPv6Address: '' } },
    },
    ...changes,
  };
}

export function snapshot(changes: Readonly<Record<string, unknown>> = {}): ContainerSnapshot {
  const container = readContainer(inspectDocument(changes));
  return { ...container, address: addressOf(container, { networks: [], hostAddress: undefined }) };
}

/** A snapshot of a redis that differs in id, name and address. */
export function redis(digits: string, ip = '172.17.0.4', name = `/redis-${digits}`): ContainerSnapshot {
  return snapshot({
    Id: idOf(digits),
    Name: name,
    NetworkSettings: { IPAddress: ip, Ports: { '6379/tcp': null }, Networks: { bridge: { IPAddress: ip } } },
  });
}

export const CONTAINER: PluginContainer = pluginContainer(snapshot());
