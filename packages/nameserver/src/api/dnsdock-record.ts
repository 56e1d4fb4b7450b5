import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import {
  EMPTY_SERVICE,
  encodeService,
  type Key,
  keyOf,
  labelsOf,
  nameOfLabels,
  type OwnerName,
  ownerName,
  safeLabel,
} from '@callsign/catalog';
import { serviceName, type ZoneRecord } from '../zone/record.ts';

/** A service as dnsdock's clients know it; field order as dnsdock has it. */
export interface DnsdockService {
  readonly Name: string;
  readonly Image: string;
  readonly IPs: readonly string[];
  /** Seconds; -1: the nameserver's own. */
  readonly TTL: number;
  readonly Aliases: readonly string[] | null;
}

/** A service of the zone under the id that dnsdock's clients know it by, and the records that it is made of. */
export interface Dock {
  readonly id: string;
  readonly service: DnsdockService;
  readonly records: readonly ZoneRecord[];
  /** The node whose registrar keeps it; undefined for what a client of this API made. */
  readonly owner: string | undefined;
}

/** What clients of this API made, and what registrars made of containers, by id. */
export function docksOf(records: readonly ZoneRecord[]): ReadonlyMap<string, Dock> {
  const byId = Map.groupBy(
    records,
    (record) => toldOf(record)?.id ?? record.service.callsign?.container ?? '',
  );
  byId.delete('');
  return new Map(
    [...byId].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([id, all]) => [id, dockOf(id, all)]),
  );
}

/** One record for each address below the service's own name, and below each alias. */
export function recordsFor(id: string, service: DnsdockService, domain: OwnerName): ReadonlyMap<Key, string> {
  const own = nameOfLabels([safeLabel(service.Name), safeLabel(service.Image), ...labelsOf(domain)]);
  const aliases = (service.Aliases ?? []).map(ownerName).filter((alias) => alias !== own);
  const entries = [own, ...aliases].flatMap((name) =>
    service.IPs.map((host, at) => {
      const key = keyOf(nameOfLabels([String(at), labelOf(id), ...labelsOf(name)]));
      return [key, messageOf(id, service, host, name !== own)] as const;
    }),
  );
  return new Map(entries);
}

function messageOf(id: string, service: DnsdockService, host: string, alias: boolean): string {
  const callsign = { source: 'dnsdock', ...(alias && { alias }), dnsdock: { id, ...service } };
  return encodeService({ ...EMPTY_SERVICE, host, ttl: Math.max(service.TTL, 0), callsign });
}

/** An id may be any text, and is often longer than a label. */
function labelOf(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 12);
}

type Told = DnsdockService & { readonly id: string };

/** What a client told, word for word. Anybody may write into the store: what does not have the form is not ours. */
function toldOf({ service }: ZoneRecord): Told | undefined {
  const told = service.callsign?.dnsdock as Partial<Told> | null | undefined;
  if (typeof told !== 'object' || told === null) return undefined;
  const { id, Name, Image, IPs, TTL, Aliases } = told;
  const texts = [id, Name, Image].every((text) => typeof text === 'string');
  const aliases = Aliases === null || isListOfTexts(Aliases);
  return texts && typeof TTL === 'number' && isListOfTexts(IPs) && aliases ? (told as Told) : undefined;
}

export function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function dockOf(id: string, records: readonly ZoneRecord[]): Dock {
  const [first] = records as [ZoneRecord];
  const told = toldOf(first);
  if (told === undefined) {
    return { id, records, service: containerService(records), owner: first.service.callsign?.owner };
  }
  const { Name, Image, IPs, TTL, Aliases } = told;
  return { id, records, service: { Name, Image, IPs, TTL, Aliases }, owner: undefined };
}

function containerService(records: readonly ZoneRecord[]): DnsdockService {
  const [own = records[0] as ZoneRecord] = records.filter(({ service }) => service.callsign?.alias !== true);
  const aliases = records.filter((record) => record !== own && record.service.callsign?.alias === true);
  const [Name = '', Image = ''] = labelsOf(serviceName(own));
  const names = new Set(aliases.map((alias) => serviceName(alias).slice(0, -1)));
  return {
    Name,
    Image,
    IPs: [...new Set(records.map(({ host }) => host).filter((host) => isIP(host) !== 0))],
    TTL: own.service.ttl === 0 ? -1 : own.service.ttl,
    Aliases: names.size === 0 ? null : [...names],
  };
}
