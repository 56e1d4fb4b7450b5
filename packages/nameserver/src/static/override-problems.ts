import { isWithin, type OwnerName } from '@callsign/catalog';
import { OptionsError } from '@callsign/daemon';
import { GOOGLE_ZONES } from './google-apis.ts';
import { type OverrideOptions, specsOf } from './override-options.ts';
import type { ViewSpec } from './views.ts';

/** @throws {OptionsError} for options that contradict each other; no file is looked at */
export function checkOverrides(options: OverrideOptions, domains: readonly OwnerName[]): void {
  const problems = problemsOf(options, domains);
  if (problems.length > 0) throw new OptionsError(problems);
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
