import { isWithin, type OwnerName } from '@callsign/catalog';
import { type Anchor, type ResourceRecord, TYPE } from '@callsign/dns';
import { ANY_ANSWER } from '../zone/any.ts';
import type { Outcome } from '../zone/outcome.ts';
import type { Owner, RRset, StaticZone } from './static-zone.ts';

/** Looks a question up in a zone that somebody wrote. Aliases are left to who knows the other zones. */
export function lookupStatic(zone: StaticZone, anchor: Anchor, name: OwnerName, type: number): Outcome {
  const place = zone.find(name, type);
  switch (place.kind) {
    case 'delegation': {
      const authority = place.servers.records;
      const additional = addressesOf(zone, authority);
      return { kind: 'referral', owner: name, answer: [], authority, additional, anchor };
    }
    case 'missing':
      return { kind: 'nxdomain', answer: [], soa: zone.negativeSoa, ownSerial: true, anchor };
    case 'owner':
    case 'wildcard':
      return answered(zone, anchor, place.owner, name, type);
  }
}

function answered(zone: StaticZone, anchor: Anchor, owner: Owner, name: OwnerName, type: number): Outcome {
  const { sets, alias } = owner;
  const set = sets.get(type) ?? (type === TYPE.ANY ? minimal(owner) : undefined);
  const cname = sets.get(TYPE.CNAME)?.records[0];
  const soa = zone.negativeSoa;
  if (set !== undefined) {
    const answer = named(set, name);
    return { kind: 'hit', answer, additional: addressesOf(zone, answer), ownSerial: true, anchor };
  }
  if (cname?.type === 'CNAME')
    return { kind: 'cname', answer: [{ ...cname, name }], target: cname.target, anchor };
  if (alias !== undefined && (type === TYPE.A || type === TYPE.AAAA)) {
    const { target, ttl } = alias;
    return { kind: 'alias', answer: [], owner: name, target, ttl, soa, anchor };
  }
  return { kind: 'nodata', answer: [], soa, ownSerial: true, anchor };
}

/** A wildcard's records get the name that was asked for. */
function named({ records }: RRset, name: OwnerName): readonly ResourceRecord[] {
  return records[0]?.name === name ? records : records.map((record) => ({ ...record, name }));
}

/** RFC 8482, 4.2; a name that has nothing has no such answer either. */
function minimal({ name, sets, alias }: Owner): RRset | undefined {
  const [first] = sets.values();
  const ttl = first?.records[0]?.ttl ?? alias?.ttl;
  return ttl === undefined ? undefined : { records: [{ name, ttl, ...ANY_ANSWER }], lines: [] };
}

/** The addresses of the names that NS, MX and SRV records point at, as far as this zone has them. */
function addressesOf(zone: StaticZone, records: readonly ResourceRecord[]): readonly ResourceRecord[] {
  const targets = records.flatMap((record) =>
    ['NS', 'MX', 'SRV'].includes(record.type) && 'target' in record ? [record.target] : [],
  );
  const within = [...new Set(targets)].filter((target) => isWithin(target, zone.apex));
  return within.flatMap((target) => zone.addressesOf(target));
}
