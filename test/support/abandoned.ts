import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@callsign/daemon';
import { Bridge } from './bridge.ts';
import { Namespace } from './namespace.ts';
import { isAbandoned } from './owned.ts';
import { hasPart, IP } from './parts.ts';
import { sweep } from './sweep.ts';

const FOLDER = /^callsign-[a-z]+-(\d+)-\w+$/;

/**
 * Removes what runs of these tests have left on the machine when they were killed: folders, with the daemons that live
 * in them, network namespaces and bridges. Whatever is not named by a process that has gone is left alone.
 */
export async function clearAbandoned(): Promise<void> {
  for (const folder of await abandonedFolders()) await gone(folder, () => sweep(folder));
  if (!hasPart(IP)) return;
  for (const namespace of await Namespace.abandoned()) await gone(namespace.name, () => namespace.clear());
  for (const bridge of await Bridge.abandoned()) await gone(bridge.name, () => bridge.remove());
}

async function abandonedFolders(): Promise<string[]> {
  const names = await readdir(tmpdir());
  const abandoned = names.filter((name) => isAbandoned(Number(FOLDER.exec(name)?.[1] ?? process.pid)));
  return abandoned.map((name) => join(tmpdir(), name));
}

/** One that cannot be removed, because another run is just doing so perhaps, keeps nobody from the tests. */
async function gone(what: string, remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
    process.stderr.write(`removed what a killed run has left: ${what}\n`);
  } catch (error) {
    process.stderr.write(`a killed run has left ${what}, which cannot be removed: ${describe(error)}\n`);
  }
}
