import type { OwnerName } from '@callsign/catalog';
import type { Fault } from './faults.ts';
import type { PlacedRecord } from './master-file.ts';

/** What is wrong with a zone's records taken together, in the order of their lines. */
export function zoneFaults(apex: OwnerName, records: readonly PlacedRecord[]): Fault[] {
  if (records.length === 0) return [{ line: 1, reason: 'there is no record in this file' }];
  const owners = Map.groupBy(records, ({ name }) => name);
  const faults = [...owners].flatMap(([name, own]) => [
    ...aliasFaults(name, own),
    ...(name === apex ? apexFaults(own) : innerFaults(name, own)),
  ]);
  return faults.toSorted((a, b) => a.line - b.line);
}

/** A CNAME stands alone (RFC 1034, 3.6.2); an ALIAS is where the addresses come from. */
function aliasFaults(name: OwnerName, records: readonly PlacedRecord[]): Fault[] {
  const [cname, ...cnames] = typed(records, 'CNAME');
  const [alias, ...aliases] = typed(records, 'ALIAS');
  const others = cname === undefined ? [] : records.filter(({ rdata }) => rdata.type !== 'CNAME');
  const addresses = alias === undefined ? [] : [...typed(records, 'A'), ...typed(records, 'AAAA')];
  return [
    ...cnames.filter((other) => !sameTarget(other, cname)).map(at(`${name} has a second CNAME`)),
    ...others.map(at(`${name} has a CNAME on line ${cname?.line}, which stands alone`)),
    ...aliases.filter((other) => !sameTarget(other, alias)).map(at(`${name} has a second ALIAS`)),
    ...addresses.map(at(`${name} has an ALIAS on line ${alias?.line}, which its addresses come from`)),
  ];
}

function apexFaults(records: readonly PlacedRecord[]): Fault[] {
  const [, ...soas] = typed(records, 'SOA');
  return [
    ...typed(records, 'CNAME').map(at("the zone's own name can have no CNAME: write ALIAS")),
    ...soas.map(at('the zone has a second SOA')),
  ];
}

function innerFaults(name: OwnerName, records: readonly PlacedRecord[]): Fault[] {
  const wildcards = name.startsWith('*.') ? typed(records, 'NS') : []; // RFC 4592, 4.2
  return [
    ...typed(records, 'SOA').map(at("a SOA stands at the zone's own name alone")),
    ...wildcards.map(at('a wildcard delegates nothing')),
  ];
}

function typed(records: readonly PlacedRecord[], type: string): PlacedRecord[] {
  return records.filter(({ rdata }) => rdata.type === type);
}

function at(reason: string): (record: PlacedRecord) => Fault {
  return ({ line }) => ({ line, reason });
}

function sameTarget({ rdata: a }: PlacedRecord, other: PlacedRecord | undefined): boolean {
  const b = other?.rdata;
  return b !== undefined && 'target' in a && 'target' in b && a.target === b.target;
}
