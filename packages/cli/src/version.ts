import { readFileSync } from 'node:fs';

interface Manifest {
  readonly version: string;
}

/** The version in this package's manifest, which sources and build alike have one folder above. */
export const VERSION = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Manifest
).version;
