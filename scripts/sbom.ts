import { readFileSync } from 'node:fs';

/** What a package-lock.json of version 3 says of one package, as far as it is read here. */
export interface LockedPackage {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lock {
  readonly name: string;
  readonly version: string;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const MODULES = 'node_modules/';

/** What a user of Callsign gets with it, in CycloneDX 1.6: the same for the same lock file, to the byte. */
export function sbomOf({ name, version, packages }: Lock) {
  const shipped = Object.entries(packages).filter(([path, { dev, link }]) => path !== '' && !dev && !link);
  const root = { type: 'application', 'bom-ref': name, name, version, licenses: licences('MIT') };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: root },
    components: shipped.map(([path, locked]) => component(path, locked)),
    dependencies: [
      { ref: name, dependsOn: shipped.map(([path]) => path).filter(isOurs) },
      ...shipped.map(([path, locked]) => ({ ref: path, dependsOn: dependenciesOf(packages, path, locked) })),
    ],
  };
}

/** A package of this project, and from no registry. */
function isOurs(path: string): boolean {
  return !path.includes(MODULES);
}

/** Its place in the tree is its reference: the same package may be there in two versions. */
function component(path: string, { name, version = '', license, integrity, optional }: LockedPackage) {
  const own = name ?? path.slice(path.lastIndexOf(MODULES) + MODULES.length);
  return {
    type: 'library',
    'bom-ref': path,
    name: own,
    version,
    scope: optional ? 'optional' : 'required',
    ...(license !== undefined && { licenses: licences(license) }),
    ...(!isOurs(path) && { purl: `pkg:npm/${own.replace('@', '%40')}@${version}` }),
    ...(integrity !== undefined && { hashes: hashes(integrity) }),
  };
}

/** One licence by its SPDX id; several of them only as an expression. */
function licences(license: string) {
  return [/\s/.test(license) ? { expression: license } : { license: { id: license } }];
}

/** Subresource integrity (`sha512-BASE64`, several with a space between) as CycloneDX has hashes. */
function hashes(integrity: string) {
  return integrity.split(' ').map((each) => {
    const [algorithm = '', digest = ''] = each.split(/-(.*)/s);
    return { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') };
  });
}

function dependenciesOf(packages: Lock['packages'], path: string, locked: LockedPackage): string[] {
  const names = Object.keys({ ...locked.dependencies, ...locked.optionalDependencies });
  return names.flatMap((name) => resolve(packages, path, name)).toSorted();
}

/** Where Node finds a package for another: in its own folder or, from there, ever further up. */
function resolve(packages: Lock['packages'], from: string, name: string): string[] {
  const path = `${from === '' ? '' : `${from}/`}${MODULES}${name}`;
  const found = packages[path];
  if (found !== undefined) return [found.link ? (found.resolved ?? path) : path];
  return from === '' ? [] : resolve(packages, parentOf(from), name);
}

function parentOf(path: string): string {
  return isOurs(path) ? '' : path.slice(0, path.lastIndexOf(MODULES)).replace(/\/$/, '');
}

if (process.argv[1] === import.meta.filename) {
  const lock: Lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
  process.stdout.write(`${JSON.stringify(sbomOf(lock), null, 2)}\n`);
}
