import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { journalError } from './journal-error.ts';
import { encodeLine, encodeLines, readLines } from './journal-lines.ts';
import type { StoreRecord } from './record.ts';

/** At the end of what is there, wherever a write that failed has left off. */
const APPENDING = constants.O_WRONLY | constants.O_APPEND;
/** While a store runs: space can be freed, a disk comes back. */
const PASSING = true;
/** A journal below this many bytes is never rewritten. */
const SMALL = 1 << 20;
/** Beyond this many bytes it hardly grows: Node reads no file of 2 GiB at once, and the next start would fail. */
const LARGE = 3 << 29;
/** How often a journal may outgrow what it was when it was last rewritten. */
const GROWTH = 4;

/**
 * The file of an embedded store: lines of a checksum and a JSON array of records, only ever appended. A line is
 * one group commit and is on the disk before the next is begun, so that only the last one can be torn.
 */
export class Journal {
  readonly #path: string;
  #file: FileHandle;
  #size: number;
  /** The size at which it is worth rewriting. */
  #limit: number;
  #suspect = false;

  private constructor(path: string, file: FileHandle, size: number, base: number) {
    this.#path = path;
    this.#file = file;
    this.#size = size;
    this.#limit = limitFor(base);
  }

  /**
   * Hands every record to `apply` and opens the journal for more; cuts a torn last line. Without a file, or with
   * an empty one, it starts with what `first` gives.
   * @throws {JournalDamagedError} @throws {CallsignError} when the file cannot be used
   */
  static async open(
    path: string,
    apply: (record: StoreRecord) => void,
    first: () => Iterable<StoreRecord>,
  ): Promise<Journal> {
    try {
      const bytes = await contents(path);
      if (bytes.length === 0) return await Journal.#create(path, first());
      const size = readLines(path, bytes, apply);
      const file = await open(path, APPENDING);
      if (size < bytes.length) await cut(file, size);
      // Nobody knows how much of it still lives: if it is large, the first commit has it rewritten.
      return new Journal(path, file, size, size / GROWTH);
    } catch (error) {
      throw journalError(path, error);
    }
  }

  static async #create(path: string, records: Iterable<StoreRecord>): Promise<Journal> {
    const { file, size } = await replace(path, records);
    const journal = new Journal(path, file, size, size);
    await syncDirectory(dirname(path));
    return journal;
  }

  /** True after a failure: nobody knows how the file ends, and it must be restored before it is used. */
  get isSuspect(): boolean {
    return this.#suspect;
  }

  get isOvergrown(): boolean {
    return this.#size > this.#limit;
  }

  /** Resolves when the records are on the disk. @throws {CallsignError} when they may not be */
  async append(records: readonly StoreRecord[]): Promise<void> {
    const line = encodeLine(records);
    try {
      await this.#file.appendFile(line);
      await this.#file.datasync();
    } catch (error) {
      this.#suspect = true;
      throw journalError(this.#path, error, PASSING);
    }
    this.#size += line.length;
  }

  /** Puts a new file in the place of the old one, which stays what it is when that fails. */
  async rewrite(records: Iterable<StoreRecord>): Promise<void> {
    try {
      const old = this.#file;
      const { file, size } = await replace(this.#path, records);
      this.#file = file;
      this.#size = size;
      this.#suspect = true; // until its name is as durable as its content
      await old.close();
      await syncDirectory(dirname(this.#path));
      this.#suspect = false;
    } catch (error) {
      throw journalError(this.#path, error, PASSING);
    } finally {
      // After a failure too: the next try is worth its cost only when the journal has grown again.
      this.#limit = limitFor(this.#size);
    }
  }

  /**
   * Makes it usable after a failure, as a new file, for the old one's place on the disk may be bad; where there is no room for
   * one, of the old one stays what is known to be good. @throws {CallsignError} when neither is possible yet
   */
  async restore(records: Iterable<StoreRecord>): Promise<void> {
    try {
      await this.rewrite(records);
    } catch {
      await this.#cutBack();
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #cutBack(): Promise<void> {
    try {
      await cut(this.#file, this.#size);
      await syncDirectory(dirname(this.#path));
      this.#suspect = false;
    } catch (error) {
      throw journalError(this.#path, error, PASSING);
    }
  }
}

/** The size in bytes up to which a journal grows that had `size` of them when it was rewritten. */
export function limitFor(size: number): number {
  return Math.max(SMALL, Math.min(GROWTH * size, LARGE), size + size / 10);
}

async function contents(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

async function cut(file: FileHandle, size: number): Promise<void> {
  await file.truncate(size);
  await file.datasync();
}

/** A new file beside the old one, renamed over it once it is whole: there is never a moment without a journal. */
async function replace(path: string, records: Iterable<StoreRecord>) {
  const aside = `${path}.new`;
  const file = await open(aside, APPENDING | constants.O_CREAT | constants.O_TRUNC, 0o600);
  try {
    let size = 0;
    for (const line of encodeLines(records)) {
      await file.appendFile(line);
      size += line.length;
    }
    await file.sync();
    await rename(aside, path);
    return { file, size };
  } catch (error) {
    // Half a journal would keep what room is left from the whole one.
    await Promise.allSettled([file.close(), unlink(aside)]);
    throw error;
  }
}

/** A rename is durable only when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
