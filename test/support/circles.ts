import { fileOf, type ImportChain, type Sources } from './import-chain.ts';
import { importsOf, readCode } from './structure.ts';

/** Chains of imports, of types too, that come back to the file that they begin with. */
export function circlesIn(sources: Sources): readonly ImportChain[] {
  const circles: ImportChain[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: ImportChain): void => {
    const began = way.indexOf(path);
    if (began >= 0) circles.push([...way.slice(began), path]);
    if (began >= 0 || done.has(path)) return;
    for (const next of importedBy(path, sources)) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of sources.keys()) visit(path, []);
  return circles;
}

function importedBy(path: string, sources: Sources): string[] {
  return importsOf(readCode(sources.get(path) ?? '')).flatMap((specifier) => fileOf(path, specifier));
}
