import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The address of an embedded store in a folder of its own, which goes when the tests are over. */
export function scratchStore(): string {
  const folder = mkdtempSync(join(tmpdir(), 'callsign-store-'));
  folders.push(folder);
  return `embedded:${join(folder, 'store.journal')}`;
}
