import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { CallsignError } from '@callsign/daemon';
import type { PlannedFile } from './plan.ts';

const UNITS = new URL('../../../../deploy/systemd/', import.meta.url);
const BACKUP = '.before-callsign';
/** Everybody may read it. */
const NEW_FILE = 0o644;

/** @throws {CallsignError} when it is there and cannot be read */
export function readIfThere(path: string): string | undefined {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  } catch (cause) {
    throw fileError(path, 'read', cause);
  }
}

/** The units that come with this program. */
export function shippedUnits(): ReadonlyMap<string, string> {
  const names = existsSync(UNITS) ? readdirSync(UNITS).filter((name) => name.endsWith('.service')) : [];
  return new Map(names.map((name) => [name, readFileSync(new URL(name, UNITS), 'utf8')]));
}

/**
 * Writes a file in one step, so that nobody reads half of it. What was there before Callsign is kept beside it, and is
 * never overwritten by what Callsign wrote itself; who may read it stays as it was.
 * @throws {CallsignError} when it cannot be written
 */
export function writePlanned(root: string, { path, before, after }: PlannedFile): void {
  const target = join(root, path);
  try {
    mkdirSync(dirname(target), { recursive: true });
    if (before !== undefined && !existsSync(`${target}${BACKUP}`)) copyFileSync(target, `${target}${BACKUP}`);
    // The file that a link leads to, so that the link stays one.
    if (before !== undefined) writeWhole(realpathSync(target), after, statSync(target).mode);
    else writeWhole(target, after, NEW_FILE);
  } catch (cause) {
    throw fileError(target, 'written', cause);
  }
}

function writeWhole(target: string, text: string, mode: number): void {
  const fresh = `${target}.new`;
  writeFileSync(fresh, text, { mode });
  chmodSync(fresh, mode);
  renameSync(fresh, target);
}

function fileError(path: string, done: string, cause: unknown): CallsignError {
  return new CallsignError('INSTALL_FILE', `${path} cannot be ${done}`, { cause, cure: 'Run it as root' });
}
