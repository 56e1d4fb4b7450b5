import { declaredBy } from './declared.ts';
import type { ReadValue } from './record.ts';
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

export function traitsOf(value: ReadValue): number {
  const { kind, service } = value;
  const { portName, scheme } = declaredBy(value);
  return (
    bit('ipv4', kind === 'ipv4') |
    bit('ipv6', kind === 'ipv6') |
    bit('special', kind === 'name' || service.group !== '') |
    bit('text', service.text !== '') |
    bit('mail', isMail(value)) |
    bit('srv', isSrv(value)) |
    bit('declared', portName !== undefined || scheme !== undefined)
  );
}

function bit(trait: Trait, has: boolean): number {
  return has ? TRAIT[trait] : 0;
}
