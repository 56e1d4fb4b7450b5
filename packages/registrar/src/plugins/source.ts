import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CallsignError } from '@callsign/daemon';
import type { Plugin } from './messages.ts';

/** The plugins that ship: from sources and from dist alike four folders up. */
const SHIPPED = fileURLToPath(new URL('../../../../plugins/', import.meta.url));

/**
 * Reads the plugins that `--plugins` names, in its order (or in comma lists): a file, every `.js` file of a folder in name order, or a
 * shipped one by its bare name (`compose`).
 * @throws {CallsignError} naming what cannot be read
 */
export async function readPlugins(references: readonly string[]): Promise<readonly Plugin[]> {
  const read = await Promise.all(separate(references).map(readReference));
  return read.flat();
}

/** False when all of them ship: nobody edits those. */
export function mayChange(references: readonly string[]): boolean {
  return !separate(references).every(isShipped);
}

function separate(references: readonly string[]): readonly string[] {
  return references.flatMap((list) => list.split(',')).map((reference) => reference.trim());
}

/** A shipped plugin, and the line that it begins with. */
export interface ShippedPlugin {
  readonly name: string;
  readonly caption: string;
}

export async function shippedPlugins(): Promise<readonly ShippedPlugin[]> {
  const plugins = await readFolder(SHIPPED, true);
  return plugins.map(({ name, code }) => ({
    name: name.replace(/\.js$/, ''),
    caption: /^\/\/ (.*)/.exec(code)?.[1] ?? '',
  }));
}

/** A word by itself is the name of a shipped plugin; whatever looks like a path is one. */
function isShipped(reference: string): boolean {
  return /^[a-z-]+$/.test(reference);
}

async function readReference(reference: string): Promise<readonly Plugin[]> {
  if (isShipped(reference)) return [await readShipped(reference)];
  const isFolder = (await attempt(reference, () => stat(reference))).isDirectory();
  return isFolder ? readFolder(reference, false) : [await readScript(reference, false)];
}

async function readShipped(name: string): Promise<Plugin> {
  const names = (await scriptsIn(SHIPPED)).map((file) => file.replace(/\.js$/, ''));
  if (names.includes(name)) return readScript(join(SHIPPED, `${name}.js`), true);
  throw new CallsignError('PLUGIN_UNKNOWN', `there is no shipped plugin "${name}"`, {
    cure: `Choose from ${names.join(', ')}, or write a file or folder with its path: ./${name}`,
  });
}

async function readFolder(path: string, shipped: boolean): Promise<readonly Plugin[]> {
  const names = await scriptsIn(path);
  return Promise.all(names.map((name) => readScript(join(path, name), shipped)));
}

/** The folder's `.js` files, in name order. */
async function scriptsIn(path: string): Promise<readonly string[]> {
  const names = (await attempt(path, () => readdir(path))).filter((name) => name.endsWith('.js'));
  if (names.length === 0) throw unreadable(path, new Error('the folder has no .js file'));
  return names.sort();
}

async function readScript(path: string, shipped: boolean): Promise<Plugin> {
  const code = await attempt(path, () => readFile(path, 'utf8'));
  return { name: basename(path), code, shipped };
}

async function attempt<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): CallsignError {
  return new CallsignError('PLUGIN_UNREADABLE', `cannot read the plugin ${path}`, {
    cause,
    cure: 'Name a .js file that callsign may read, or a folder of them, with --plugins',
  });
}
