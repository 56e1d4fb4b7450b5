import { importsOf, readCode } from './structure.ts';

/** Sources by their paths from the top. */
export type Sources = ReadonlyMap<string, string>;

/** Files from an entry to one that is loaded with it, each imported by the one before. */
export type ImportChain = readonly string[];

/** The shortest chain to each file of ours that Node loads with an entry. Dynamic imports count: sooner or later they are made. */
export function chainsFrom(entry: string, sources: Sources): readonly ImportChain[] {
  const chains = new Map<string, ImportChain>([[entry, [entry]]]);
  // What is added meanwhile is gone through, too.
  for (const [path, chain] of chains)
    for (const next of loadedBy(path, sources)) if (!chains.has(next)) chains.set(next, [...chain, next]);
  return [...chains.values()];
}

function loadedBy(path: string, sources: Sources): string[] {
  const source = sources.get(path);
  if (source === undefined) throw new Error(`there is no ${path}`);
  const { text, bare } = readCode(source);
  return importsOf({ text, bare: bare.replace(TYPES_ALONE, blank) }).flatMap((specifier) =>
    fileOf(path, specifier),
  );
}

/** Of `import type` and `export type` nothing is left when Node loads a file; of `import { type X }` the import is. */
const TYPES_ALONE = /\b(?:import\s+type\s+[\w{*]|export\s+type\s*[{*])[^;'"`]*\bfrom\b/g;

function blank(text: string): string {
  return ' '.repeat(text.length);
}

/** The file that an import leads to; nothing for what is not ours. */
export function fileOf(path: string, specifier: string): string[] {
  if (specifier.startsWith('.')) return [new URL(specifier, `file:///${path}`).pathname.slice(1)];
  const [, name, door = 'index'] = /^@callsign\/([^/]+)(?:\/(.+))?$/.exec(specifier) ?? [];
  return name === undefined ? [] : [`packages/${name}/src/${door}.ts`];
}
