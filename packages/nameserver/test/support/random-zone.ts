import { TYPE } from '@callsign/dns';

/** Numbers that look random and are the same in every run (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to below `sides`. */
  roll(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides);
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.roll(times) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.roll(from.length)] as T;
  }
}

const LABELS = ['web', 'app', 'db', 'x-y', '_sip', 'dev', ...Array.from({ length: 14 }, (_, at) => `n${at}`)];
const DECLARED = [
  { portname: 'http', protocol: 'tcp' },
  { portname: 'domain', protocol: 'udp' },
  { scheme: 'https', alpn: ['h2', 'http/1.1'] },
  { scheme: 'imaps' },
];
const UNDERSCORED = [
  '_http._tcp',
  '_domain._udp',
  '_https._tcp',
  '_443._https',
  '_imaps',
  '_80._imaps',
  '_tcp',
];
const GROUPS = ['blue', 'green'];

/** A zone with something of everything that a service can be, at every depth: a value for each key. */
export function randomZone(dice: Dice, zone: string, size: number): Record<string, object> {
  const keys = [...new Set(Array.from({ length: size }, () => randomKey(dice, zone)))];
  const services = keys.map((key) => [key, randomService(dice, keys)] as const);
  return { ...Object.fromEntries(services), ...fixed(zone) };
}

function randomKey(dice: Dice, zone: string): string {
  const depth = 1 + dice.roll(4);
  const labels = Array.from({ length: depth }, () => (dice.once(12) ? '*' : dice.pick(LABELS)));
  return [zone, ...labels].join('/');
}

function randomService(dice: Dice, keys: readonly string[]): object {
  return {
    ...randomHost(dice, keys),
    ...(dice.once(2) && { port: dice.pick([80, 443, -1]) }),
    ...(dice.once(3) && { ttl: dice.pick([10, 60, 300]) }),
    ...(dice.once(6) && { text: `text ${dice.roll(50)}` }),
    ...(dice.once(8) && { mail: true }),
    ...(dice.once(5) && { priority: dice.pick([10, 20]), weight: dice.roll(200) }),
    ...(dice.once(12) && { group: dice.pick(GROUPS) }),
    ...(dice.once(25) && { targetstrip: 1 }),
    ...(dice.once(6) && { callsign: dice.pick(DECLARED) }),
  };
}

/** Mostly addresses; a name host of ours, one that is not there, one of others, or none at all. */
function randomHost(dice: Dice, keys: readonly string[]): { readonly host?: string } {
  const die = dice.roll(20);
  if (die < 12) return { host: `10.0.${dice.roll(4)}.${dice.roll(200)}` };
  if (die < 15) return { host: `2001:db8::${dice.roll(200).toString(16)}` };
  if (die < 17) return { host: hostOf(dice.pick(keys)) };
  if (die < 18) return { host: `gone.${hostOf(dice.pick(keys))}` };
  return die < 19 ? { host: `host${dice.roll(5)}.example.org` } : {};
}

/** A name host is no any-label name; below a wildcard it is a name that the wildcard answers for. */
function hostOf(key: string): string {
  return nameOf(key).replaceAll('*', 's1');
}

/** What chance would hardly bring. */
function fixed(zone: string): Record<string, object> {
  const many = Array.from(
    { length: 120 },
    (_, at) => [`${zone}/big/n${at}`, { host: `10.1.0.${at % 250}` }] as const,
  );
  return {
    [`${zone}/dns/apex/one`]: { host: '10.0.0.3', port: -1 },
    [`${zone}/dns/ns/one`]: { host: '10.0.0.4', port: -1 },
    [`${zone}/dns/ns/two`]: { host: '2001:db8::4', port: -1 },
    [`${zone}/deep/er/than/all/the/others/are`]: { host: '10.0.0.5' },
    [`${zone}/long`]: { host: '10.0.0.6', text: 'long '.repeat(400) },
    [`${zone}/ring/a`]: { host: `b.ring.${zone}` },
    [`${zone}/ring/b`]: { host: `a.ring.${zone}` },
    [`${zone}/nothing`]: {},
    ...Object.fromEntries(many),
  };
}

export function nameOf(key: string): string {
  return key.split('/').toReversed().join('.');
}

const TYPES: readonly number[] = [
  ...[TYPE.A, TYPE.A, TYPE.A, TYPE.A, TYPE.A, TYPE.A, TYPE.A, TYPE.AAAA, TYPE.AAAA, TYPE.AAAA],
  ...[TYPE.SRV, TYPE.SRV, TYPE.SRV, TYPE.TXT, TYPE.TXT, TYPE.MX, TYPE.MX, TYPE.CNAME, TYPE.CNAME],
  ...[
    TYPE.NS,
    TYPE.SOA,
    TYPE.PTR,
    TYPE.HTTPS,
    TYPE.HTTPS,
    TYPE.SVCB,
    TYPE.CAA,
    TYPE.DS,
    TYPE.NAPTR,
    TYPE.ANY,
  ],
];

/** A question about a name that exists, nearly exists or does not, in any case. */
export function randomQuestion(
  dice: Dice,
  zone: string,
  keys: readonly string[],
): { name: string; type: number } {
  return { name: inAnyCase(dice, randomName(dice, zone, keys)), type: dice.pick(TYPES) };
}

function randomName(dice: Dice, zone: string, keys: readonly string[]): string {
  const labels = nameOf(dice.pick(keys))
    .split('.')
    .map((label) => (label === '*' && !dice.once(10) ? `s${dice.roll(9)}` : label));
  const die = dice.roll(20);
  if (die < 8) return labels.join('.');
  // The names between here and the apex; the apex itself has everything, so it is asked less often.
  if (die < 13) return labels.slice(dice.roll(labels.length - (dice.once(20) ? 0 : 1))).join('.');
  if (die < 15) return [dice.pick(LABELS), ...labels].join('.');
  if (die < 16) return [...(dice.once(3) ? ['x'] : []), dice.pick(UNDERSCORED), ...labels].join('.');
  if (die < 17) return [`no${dice.roll(99)}`, ...labels.slice(dice.roll(labels.length))].join('.');
  if (die < 18) return [dice.pick(LABELS), dice.pick(LABELS), zone].join('.');
  if (die < 19) return ['x', 'y', ...labels].join('.');
  return dice.pick(['example.org', `${zone}.test`, `not${zone}`, 'test']);
}

function inAnyCase(dice: Dice, name: string): string {
  if (!dice.once(3)) return name;
  return [...name].map((letter) => (dice.once(2) ? letter.toUpperCase() : letter)).join('');
}
