import { dirname } from 'node:path';
import { CallsignError } from '@callsign/daemon';

/** A journal that is not what was written: nothing of it is used. */
export class JournalDamagedError extends CallsignError {
  private constructor(message: string, cure: string) {
    super('STORE_DAMAGED', message, { cure });
  }

  static at(path: string, line: number, byte: number): JournalDamagedError {
    return new JournalDamagedError(
      `${path} is damaged in line ${line} (byte ${byte}), and there are good lines after it`,
      `Put a backup in its place, or keep what is before the damage: "head -n ${line - 1} ${path} > FILE"`,
    );
  }

  static foreign(path: string): JournalDamagedError {
    return new JournalDamagedError(
      `${path} does not begin as a Callsign store does`,
      'Name another file with --store embedded:FILE, or remove this one if it is of no use',
    );
  }
}

const CURES: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `Create the directory: mkdir -p ${dirname(path)}`,
  ENOTDIR: (path) => `${dirname(path)} must be a directory`,
  EISDIR: () => 'Name a file in that directory, for example --store embedded:/var/lib/callsign/store',
  EACCES: (path) => `This process must be allowed to write both the file and its directory ${dirname(path)}`,
  EPERM: (path) => `This process must be allowed to write both the file and its directory ${dirname(path)}`,
  EROFS: () => 'Mount the file system for writing, or name a file on another one',
  ENOSPC: () => 'Free some space on that file system; the store goes on by itself',
  EDQUOT: () => 'Free some of the quota on that file system; the store goes on by itself',
  EFBIG: () => 'Raise the limit on file sizes (ulimit -f); the store goes on by itself',
  EMFILE: () => 'Raise the limit on open files (ulimit -n); the store goes on by itself',
  EBUSY: (path) => `Mount the directory ${dirname(path)}, not the single file: it is replaced by a rename`,
};

/** Translates what the operating system says of a journal. `retryable`: the same call may succeed later. */
export function journalError(path: string, cause: unknown, retryable = false): CallsignError {
  if (cause instanceof CallsignError) return cause;
  const cure = CURES[(cause as NodeJS.ErrnoException).code ?? '']?.(path);
  return new CallsignError('STORE_FILE', `cannot use the store's file ${path}`, {
    cause,
    retryable,
    ...(cure !== undefined && { cure }),
  });
}
