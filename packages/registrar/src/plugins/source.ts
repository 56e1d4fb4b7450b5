import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CallsignError } from '@callsign/daemon';
import type { Plugin } from './messages.ts';

/** The plugin that ships: from sources and from dist alike four folders up. */
const BUILT_IN = fileURLToPath(new URL('../../../../plugins/default.js', import.meta.url));

/**
 * Reads the plugins that `--plugins` names: one file, or every `.js` file of a folder in name order; the
 * built-in one when nothing is named.
 * @throws {CallsignError} naming the file that cannot be read
 */
export function readPlugins(path: string = BUILT_IN): readonly Plugin[] {
  const files = pluginFiles(path);
  if (files.length === 0) throw unreadable(path, new Error('the folder has no .js file'));
  return files.map((file) => ({
    name: basename(file),
    code: attempt(file, () => readFileSync(file, 'utf8')),
  }));
}

function pluginFiles(path: string): readonly string[] {
  if (!attempt(path, () => statSync(path)).isDirectory()) return [path];
  const names = attempt(path, () => readdirSync(path)).filter((name) => name.endsWith('.js'));
  return names.sort().map((name) => join(path, name));
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
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
