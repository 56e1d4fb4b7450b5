import { isWithin, type OwnerName } from '@callsign/catalog';
import { type Anchor, Stamps, TYPE } from '@callsign/dns';
import type { Outcome } from './outcome.ts';
import { soaOf } from './soa.ts';
import type { Zone } from './zone.ts';

/** Nothing ever changes here. */
const FIXED: Anchor = { stamp: () => Stamps.NEVER };
const NOWHERE = new Set(['invalid', 'onion', 'test']);
const RESOLVER = 'resolver.arpa.';
const LOOPBACK: ReadonlyMap<number, { readonly type: 'A' | 'AAAA'; readonly address: string }> = new Map([
  [TYPE.A, { type: 'A', address: '127.0.0.1' }],
  [TYPE.AAAA, { type: 'AAAA', address: '::1' }],
]);

/** The names that, with all below them, no upstream must be asked for. */
export const SPECIAL_USE: readonly OwnerName[] = ['localhost', ...NOWHERE].map((top) => `${top}.`);

/** True for names that no upstream must be asked for. */
export function isSpecialUse(labels: readonly string[]): boolean {
  const top = labels.at(-1) ?? '';
  return top === 'localhost' || NOWHERE.has(top);
}

/**
 * Names that mean the same everywhere and that no upstream must be asked for: `localhost` and all below it is this
 * machine (RFC 6761, 6.3), `invalid`, `test` and `onion` do not exist (RFC 6761, 6.2 and 6.4; RFC 7686, 2), and what is
 * below `resolver.arpa` is about whoever is asked: an upstream would speak of itself (RFC 9462, 4 and 6.1).
 */
export function lookupSpecialUse(
  zone: Zone,
  name: OwnerName,
  labels: readonly string[],
  type: number,
): Outcome | undefined {
  if (isWithin(name, RESOLVER))
    return { kind: 'nodata', answer: [], soa: soaOf(zone, RESOLVER), anchor: FIXED };
  const top = labels.at(-1) ?? '';
  const soa = () => soaOf(zone, `${top}.`);
  if (NOWHERE.has(top)) return { kind: 'nxdomain', answer: [], soa: soa(), anchor: FIXED };
  if (top !== 'localhost') return undefined;
  const loopback = LOOPBACK.get(type);
  if (loopback === undefined) return { kind: 'nodata', answer: [], soa: soa(), anchor: FIXED };
  return {
    kind: 'hit',
    answer: [{ name, ttl: zone.options.ttl, ...loopback }],
    additional: [],
    anchor: FIXED,
  };
}
