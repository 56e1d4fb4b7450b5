import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder for temporary files, named by the process that it belongs to: `callsign-KIND-PID-…`. */
export async function ownedFolder(kind: string): Promise<string> {
  return await mkdtemp(join(tmpdir(), `callsign-${kind}-${process.pid}-`));
}

/** True when the process that something is named by has gone, or has ended and nobody has asked how. */
export function isAbandoned(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
