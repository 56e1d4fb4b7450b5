import type { ContainerSnapshot } from '../engine/snapshot.ts';

/** What a container says of itself to whoever gives names, in its labels and its environment, by name. */
export type Marks = readonly (readonly [name: string, value: string])[];

/** Every dialect's word for "leave me out", and when it counts. */
const IGNORE = new Map<string, (value: string) => boolean>([
  ['callsign.ignore', (value) => !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase())],
  ['com.dnsdock.ignore', () => true],
  ['DNSDOCK_IGNORE', () => true],
  ['SERVICE_IGNORE', (value) => value !== ''],
]);

/** Labels and variables that begin like this ask for a name; all that is looked for here does. */
const MARK = /^(?:callsign\.|com\.dnsdock\.|DNSDOCK_|SERVICE_|DNS_|traefik\.)/;

/** registrator's, of all ports or of one. */
const CHECK = /^SERVICE_(\d+_)?CHECK_[A-Z_]{1,40}$/;

/** A container has many labels and variables, and most of them are nobody's business here: they are not taken apart. */
export function marksOf({ labels, env }: ContainerSnapshot): Marks {
  const names = Object.keys(labels).filter((name) => MARK.test(name));
  const variables = env.filter((line) => MARK.test(line));
  return [...names.map((name) => [name, labels[name] ?? ''] as const), ...variables.map(variable)];
}

/** True when the container asks, in whatever dialect, to be left out. */
export function isIgnored(marks: Marks): boolean {
  return marks.some(([name, value]) => IGNORE.get(name)?.(value) ?? false);
}

/** True when the container asks, in whatever dialect, for a name: what `--explicit` wants to see. */
export function asksForName(marks: Marks): boolean {
  return marks.length > 0;
}

/**
 * What a container asks of registrator that nobody does here, in a sentence: health checks, where it has none that
 * Docker carries out. They would need a shell inside of it, or a way to its networks.
 */
export function unmetBy({ health }: ContainerSnapshot, marks: Marks): readonly string[] {
  if (health !== 'none') return [];
  const checks = marks.flatMap(([name]) => (CHECK.test(name) ? [name] : []));
  if (checks.length === 0) return [];
  return [`${checks.slice(0, 3).join(', ')}: no such check is made; give the container a HEALTHCHECK`];
}

function variable(line: string): readonly [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
