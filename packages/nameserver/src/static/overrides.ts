import type { OwnerName } from '@callsign/catalog';
import { ByNetwork } from '@callsign/dns';
import { type Claim, claimOn, claimsOf, ServedZone } from './claims.ts';
import { ZoneFileError } from './faults.ts';
import { googleApisZones } from './google-apis.ts';
import { type OverrideOptions, specsOf } from './override-options.ts';
import { checkOverrides } from './override-problems.ts';
import type { View, Views } from './views.ts';
import { readZoneFile, type ZoneFileOptions, ZoneFiles, type ZoneFileTimes } from './zone-files.ts';

export interface Overrides {
  readonly views: Views;
  readonly files: ZoneFiles;
  /** True for names that a static zone answers for, at least in one view. */
  readonly elsewhere: (name: OwnerName) => boolean;
  /** The names below which somebody else than the store answers: static zones, and upstreams that are asked for their own. */
  readonly apexes: readonly OwnerName[];
}

/**
 * Reads everything that overrides the store.
 * @param others claims that yield to those of our domains and of static zones
 * @throws {OptionsError} for options that contradict each other
 * @throws {ZoneFileError} for files that cannot be served, all of them
 */
export function openOverrides(
  options: OverrideOptions,
  domains: readonly OwnerName[],
  reading: ZoneFileOptions,
  others: readonly Claim[] = [],
): Overrides {
  checkOverrides(options, domains);
  const files = new ZoneFiles(reading);
  const claims = openClaims(options, files, reading.negativeTtl);
  const common = [
    ...others,
    ...domains.map((name) => ({ kind: 'domain', name }) as const),
    ...claims(undefined),
  ];
  const named = specsOf(options).map(({ name, networks }) => {
    const value: View = { name, claims: claimsOf([...common, ...claims(name)]) };
    return { networks, value };
  });
  const views = new ByNetwork<View>({ claims: claimsOf(common) }, named);
  const everything = claimsOf([...common, ...views.all.flatMap(({ claims }) => [...claims.values()])]);
  return {
    views,
    files,
    elsewhere: (name) => claimOn(everything, name)?.kind === 'static',
    apexes: [...everything.keys()],
  };
}

/**
 * Reads the zone files and keeps nothing of them.
 * @throws {ZoneFileError} for files that cannot be served, all of them
 */
export function checkZoneFiles({ zoneFiles }: OverrideOptions, times: ZoneFileTimes): void {
  allOrNone(zoneFiles, ({ zone, file }) => readZoneFile(zone, file, times));
}

/** What one view claims for itself; without a name, what holds for all. */
function openClaims(
  { zoneFiles, excepts, googleApis }: OverrideOptions,
  files: ZoneFiles,
  negativeTtl: number,
): (view: string | undefined) => Claim[] {
  const opened = allOrNone(zoneFiles, ({ zone, file, view }) => ({
    view,
    claim: { kind: 'static', name: zone, served: files.open(zone, file) } as const,
  }));
  const preset = googleApis.flatMap((apis) =>
    googleApisZones(apis, negativeTtl).map((zone) => {
      const served = new ServedZone({ kind: 'preset', text: apis.text }, zone);
      return { view: apis.view, claim: { kind: 'static', name: zone.apex, served } as const };
    }),
  );
  const excepted = excepts.map(({ name, view }) => ({ view, claim: { kind: 'except', name } as const }));
  const all = [...opened, ...preset, ...excepted];
  return (view) => all.filter((each) => each.view === view).map(({ claim }) => claim);
}

/** Opens them all before it fails, so that everything that is wrong is said at once. */
function allOrNone<T, U>(items: readonly T[], open: (item: T) => U): U[] {
  const problems: string[] = [];
  const opened = items.flatMap((item) => {
    try {
      return [open(item)];
    } catch (error) {
      if (!(error instanceof ZoneFileError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new ZoneFileError(problems);
  return opened;
}
