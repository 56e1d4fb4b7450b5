import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own, which goes when the tests are over. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), `callsign-scratch-${process.pid}-`));
  folders.push(folder);
  return folder;
}

/** The address of an embedded store in a folder of its own. */
export function scratchStore(): string {
  return `embedded:${join(scratchFolder(), 'store.journal')}`;
}
