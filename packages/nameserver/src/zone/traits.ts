import { declaredBy } from './declared.ts';
import type { ZoneRecord } from './record.ts';
import { isMail, isSrv } from './rrsets.ts';

/** What questions look for in a record, as bits: so that names are counted and passed over without reading values. */
export const TRAIT = {
  ipv4: 1,
  ipv6: 2,
  /** Leads to another name, or stands in a group: what it comes to depends on others. */
  special: 4,
  text: 8,
  mail: 16,
  srv: 32,
  /** Says what it serves: there are names and bindings that are made of that. */
  declared: 64,
} as const;

/** Every record, whatever it has. */
export const ANY_TRAIT = -1;

export type Trait = keyof typeof TRAIT;

export const TRAITS = Object.keys(TRAIT) as readonly Trait[];

export function traitsOf(record: ZoneRecord): number {
  const { kind, service } = record;
  const { portName, scheme } = declaredBy(record);
  return bits({
    ipv4: kind === 'ipv4',
    ipv6: kind === 'ipv6',
    special: kind === 'name' || service.group !== '',
    text: service.text !== '',
    mail: isMail(record),
    srv: isSrv(record),
    declared: portName !== undefined || scheme !== undefined,
  });
}

function bits(has: Readonly<Record<Trait, boolean>>): number {
  return TRAITS.reduce((sum, trait) => sum + (has[trait] ? TRAIT[trait] : 0), 0);
}
