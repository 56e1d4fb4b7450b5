import { readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';

/** As many as the kernel follows. */
const MOST = 40;

/**
 * Where a file is, or is to be, that is perhaps named by a link: it is locked there, and replaced by a rename, which would
 * otherwise put the new one in the place of the link. A relative path stays one.
 */
export async function behindLinks(path: string, most = MOST): Promise<string> {
  const target = most > 0 ? await readlink(path).catch(() => undefined) : undefined;
  if (target === undefined) return path;
  return await behindLinks(isAbsolute(target) ? target : join(dirname(path), target), most - 1);
}
