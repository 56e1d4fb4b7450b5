import { isWithin, type OwnerName, ownerName } from '@callsign/catalog';
import { OptionsError } from '@callsign/daemon';
import { ByNetwork } from '@callsign/dns';
import { type Claim, claimOn, claimsOf, ServedZone } from './claims.ts';
import { ZoneFileError } from './faults.ts';
import { GOOGLE_ZONES, type GoogleApis, googleApisZones, parseGoogleApis } from './google-apis.ts';
import type { View, ViewSpec, Views } from './views.ts';
import { readZoneFile, type ZoneFileOptions, ZoneFiles, type ZoneFileTimes } from './zone-files.ts';

/** Something that holds for one view, or, without one, for all clients. */
export type Scoped<T> = T & { readonly view?: string };

export interface ZoneFileSpec {
  readonly zone: OwnerName;
  readonly file: string;
}

/** What is answered otherwise than the store has it. */
export interface OverrideOptions {
  readonly views: readonly ViewSpec[];
  readonly zoneFiles: readonly Scoped<ZoneFileSpec>[];
  /** Names in static zones that are asked upstream after all, with all below them. */
  readonly excepts: readonly Scoped<{ readonly name: OwnerName }>[];
  readonly googleApis: readonly Scoped<GoogleApis>[];
}

export const NO_OVERRIDES: OverrideOptions = { views: [], zoneFiles: [], excepts: [], googleApis: [] };

export interface Overrides {
  readonly views: Views;
  readonly files: ZoneFiles;
  /** True for names that a static zone answers for, at least in one view. */
  readonly elsewhere: (name: OwnerName) => boolean;
  /** The names below which somebody else than the store answers: static zones, and upstreams that are asked for their own. */
  readonly apexes: readonly OwnerName[];
}

const SCOPED = /^(.*?)(?:@([\w-]+))?$/s;

/** Makes a parser of `…[@VIEW]`. */
export function scoped<T extends object>(parse: (text: string) => T): (text: string) => Scoped<T> {
  return (text) => {
    const [, what = '', view] = SCOPED.exec(text) ?? [];
    return { ...parse(what), ...(view !== undefined && { view }) };
  };
}

/** `ZONE=FILE`. */
export const parseZoneFile = scoped((text): ZoneFileSpec => {
  const [zone = '', ...file] = text.split('=');
  if (zone === '' || file.join('=') === '') {
    throw new Error(`"${text}" is not ZONE=FILE, for example corp.example=/etc/callsign/corp.zone`);
  }
  return { zone: ownerName(zone), file: file.join('=') };
});

export const parseExcept = scoped((text) => ({ name: ownerName(text) }));
export const parsePreset = scoped(parseGoogleApis);

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

/** @throws {OptionsError} for options that contradict each other; no file is looked at */
export function checkOverrides(options: OverrideOptions, domains: readonly OwnerName[]): void {
  const problems = problemsOf(options, domains);
  if (problems.length > 0) throw new OptionsError(problems);
}

/**
 * Reads the zone files and keeps nothing of them.
 * @throws {ZoneFileError} for files that cannot be served, all of them
 */
export function checkZoneFiles({ zoneFiles }: OverrideOptions, times: ZoneFileTimes): void {
  allOrNone(zoneFiles, ({ zone, file }) => readZoneFile(zone, file, times));
}

/** A view's networks may be given in several pieces. */
function specsOf({ views }: OverrideOptions): ViewSpec[] {
  const named = Map.groupBy(views, ({ name }) => name);
  return [...named].map(([name, specs]) => ({ name, networks: specs.flatMap(({ networks }) => networks) }));
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

interface ToldZone {
  readonly name: OwnerName;
  readonly view: string | undefined;
  /** The option that it comes from. */
  readonly told: string;
}

function problemsOf(options: OverrideOptions, domains: readonly OwnerName[]): string[] {
  const zones = zonesOf(options);
  const excepts = options.excepts.map(({ name, view }) => ({ name, view, told: `--except ${name}` }));
  return [
    ...unknownViews(options, [...zones, ...excepts]),
    ...sharedNetworks(specsOf(options)),
    ...zones
      .filter(({ name }) => domains.includes(name))
      .map(({ name, told }) => `${told}: ${name} is a --domain: leave one of the two out`),
    ...twice(zones).map(
      ({ name, told }) => `${told}: ${name} is given twice to the same clients: leave one out`,
    ),
    ...excepts
      .filter((except) => !isIn(except, zones))
      .map(
        ({ name, told }) =>
          `${told}: ${name} is below no zone of --zone-file or --google-apis for these clients`,
      ),
  ];
}

function zonesOf({ zoneFiles, googleApis }: OverrideOptions): ToldZone[] {
  return [
    ...zoneFiles.map(({ zone, file, view }) => ({ name: zone, view, told: `--zone-file ${zone}=${file}` })),
    ...googleApis.flatMap(({ text, view }) =>
      GOOGLE_ZONES.map((name) => ({ name, view, told: `--google-apis ${text}` })),
    ),
  ];
}

function unknownViews({ views }: OverrideOptions, told: readonly ToldZone[]): string[] {
  const known = new Set(views.map(({ name }) => name));
  const unknown = told.filter(({ view }) => view !== undefined && !known.has(view));
  const problems = unknown.map(
    ({ told: option, view }) => `${option}@${view}: there is no view "${view}": add --view ${view}=CIDR`,
  );
  return [...new Set(problems)];
}

/** A client must not be in two views with the same right. */
function sharedNetworks(specs: readonly ViewSpec[]): string[] {
  const names = new Map<string, string>();
  return specs.flatMap(({ name, networks }) =>
    networks.flatMap(({ bytes, prefix }) => {
      const bits = BigInt(`0x${bytes.toString('hex')}`) >> BigInt(128 - prefix);
      const id = `${bits}/${prefix}`;
      const other = names.get(id) ?? name;
      names.set(id, name);
      return other === name ? [] : [`--view ${name}: has a network that the view ${other} has, too`];
    }),
  );
}

function twice(zones: readonly ToldZone[]): ToldZone[] {
  const ids = zones.map(({ name, view = '' }) => `${name} ${view}`);
  return zones.filter((_, at) => ids.indexOf(ids[at] as string) < at);
}

/** A zone's own name can be excepted where the zone is that of all clients and the exception that of a view. */
function isIn({ name, view }: ToldZone, zones: readonly ToldZone[]): boolean {
  return zones.some(
    (zone) =>
      (zone.view === undefined || zone.view === view) &&
      isWithin(name, zone.name) &&
      (name !== zone.name || zone.view !== view),
  );
}
