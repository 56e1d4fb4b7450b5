import type { ContainerSnapshot } from '../engine/snapshot.ts';

/** What a container says of itself in its labels and its environment, by name. */
type Metadata = readonly (readonly [name: string, value: string])[];

/** Every dialect's word for "leave me out", and when it counts. */
const IGNORE = new Map<string, (value: string) => boolean>([
  ['callsign.ignore', (value) => !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase())],
  ['com.dnsdock.ignore', () => true],
  ['DNSDOCK_IGNORE', () => true],
  ['SERVICE_IGNORE', (value) => value !== ''],
]);

/** Labels and variables that begin like this ask for a name. */
const ASKING = ['callsign.', 'com.dnsdock.', 'DNSDOCK_', 'SERVICE_', 'DNS_', 'traefik.'];

/** True when the container asks, in whatever dialect, to be left out. */
export function isIgnored(container: ContainerSnapshot): boolean {
  return metadataOf(container).some(([name, value]) => IGNORE.get(name)?.(value) ?? false);
}

/** True when the container asks, in whatever dialect, for a name: what `--explicit` wants to see. */
export function asksForName(container: ContainerSnapshot): boolean {
  return metadataOf(container).some(([name]) => ASKING.some((prefix) => name.startsWith(prefix)));
}

function metadataOf({ labels, env }: ContainerSnapshot): Metadata {
  return [...Object.entries(labels), ...env.map(variable)];
}

function variable(line: string): readonly [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
