import { type OwnerName, ownerName } from '@callsign/catalog';
import { type GoogleApis, parseGoogleApis } from './google-apis.ts';
import type { ViewSpec } from './views.ts';

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

const SCOPED = /^(.*?)(?:@([\w-]+))?$/s;

/** Makes a parser of `…[@VIEW]`. */
function scoped<T extends object>(parse: (text: string) => T): (text: string) => Scoped<T> {
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

/** A view's networks may be given in several pieces. */
export function specsOf({ views }: OverrideOptions): ViewSpec[] {
  const named = Map.groupBy(views, ({ name }) => name);
  return [...named].map(([name, specs]) => ({ name, networks: specs.flatMap(({ networks }) => networks) }));
}
