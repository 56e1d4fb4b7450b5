import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';

const TOP = new URL('../', import.meta.url).pathname;
/** Where an error gets its code: the base class's first argument, an HTTP refusal's second, a table of them. */
const CODES = [
  /super\(\s*'([A-Z][A-Z0-9_]+)'/g,
  /new CallsignError\(\s*'([A-Z][A-Z0-9_]+)'/g,
  /new HttpError\(\s*\d+,\s*'([A-Z][A-Z0-9_]+)'/g,
  /\bcode: '([A-Z][A-Z0-9]*_[A-Z0-9_]+)'/g,
];

function codesInSources(): Set<string> {
  const sources = globSync('packages/*/src/**/*.ts', { cwd: TOP }).map((path) =>
    readFileSync(`${TOP}${path}`, 'utf8'),
  );
  const found = sources.flatMap((text) =>
    CODES.flatMap((pattern) => [...text.matchAll(pattern)].map(([, code]) => code)),
  );
  return new Set(found.filter((code) => code !== undefined));
}

function codesInManual(): Set<string> {
  const rows = readFileSync(`${TOP}docs/errors.md`, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const cells = rows.map((row) => row.split('|')[1] ?? '');
  return new Set(
    cells.flatMap((cell) => [...cell.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, code]) => code ?? '')),
  );
}

describe('docs/errors.md', () => {
  it('explains every code', () => assert.deepEqual([...codesInSources().difference(codesInManual())], []));

  it('explains none that there is not', () => {
    const text = globSync('packages/*/src/**/*.ts', { cwd: TOP })
      .map((path) => readFileSync(`${TOP}${path}`, 'utf8'))
      .join();
    assert.deepEqual(
      [...codesInManual()].filter((code) => !text.includes(`'${code}'`)),
      [],
    );
  });
});
