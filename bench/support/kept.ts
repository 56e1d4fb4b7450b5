import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { machine } from './figures.ts';

const FOLDER = fileURLToPath(new URL('../../docs/plots/', import.meta.url));

/** One measured row: a size and what was measured at it. */
export type Row = Readonly<Record<string, string | number>>;

/** What a measurement with sizes came to, as it is kept for its plots. */
export interface Kept {
  readonly machine: string;
  readonly rows: readonly Row[];
}

/** Keeps the rows beside the plots that are made from them. */
export function keep(name: string, rows: readonly Row[]): void {
  writeKept(`${name}.json`, `${JSON.stringify({ machine: machine(), rows }, undefined, 2)}\n`);
}

export function readKept(name: string): Kept {
  return JSON.parse(readFileSync(`${FOLDER}${name}.json`, 'utf8')) as Kept;
}

export function writeKept(file: string, text: string): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(FOLDER + file, text);
}
