import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for a measurement's own files, which goes with what it is part of. */
export async function folderFor(stack: AsyncDisposableStack): Promise<string> {
  return stack.adopt(await mkdtemp(join(tmpdir(), 'callsign-bench-')), (path) =>
    rm(path, { recursive: true }),
  );
}
