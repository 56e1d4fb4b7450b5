import { readFileSync, statSync } from 'node:fs';
import type { OwnerName } from '@callsign/catalog';
import { type Clock, describe, type Log, type Part } from '@callsign/daemon';
import { ServedZone } from './claims.ts';
import { problemsOf, ZoneFileError } from './faults.ts';
import { parseMasterFile } from './master-file.ts';
import { zoneFaults } from './rules.ts';
import { StaticZone } from './static-zone.ts';

export interface ZoneFileTimes {
  /** Seconds, for records that have none of their own. */
  readonly ttl: number;
  /** Seconds, for the SOA of a file that has none. */
  readonly negativeTtl: number;
}

export interface ZoneFileOptions extends ZoneFileTimes {
  readonly log: Log;
  readonly clock: Clock;
}

/** A file is read again when it has changed and then stayed the same for as long: whoever writes may not be done. */
const EVERY_MS = 500;

/** Zone files, read once at the start and again whenever they change. */
export class ZoneFiles implements Part {
  readonly name = 'zone files';
  readonly #options: ZoneFileOptions;
  readonly #files: ZoneFile[] = [];
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: ZoneFileOptions) {
    this.#options = options;
  }

  /** How many of them cannot be read as they are now: what was read before is served. */
  get refused(): number {
    return this.#files.filter((file) => file.refused).length;
  }

  /** Reads a file, which is watched from now on. @throws {ZoneFileError} when it cannot be served */
  open(apex: OwnerName, path: string): ServedZone {
    const file = new ZoneFile(apex, path, this.#options);
    this.#files.push(file);
    return file.served;
  }

  async start(): Promise<void> {
    if (this.#files.length > 0) this.#running = this.#watch(this.#closing.signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(EVERY_MS, signal).catch(() => undefined);
      for (const file of signal.aborted ? [] : this.#files) file.look();
    }
  }
}

class ZoneFile {
  readonly served: ServedZone;
  readonly #apex: OwnerName;
  readonly #path: string;
  readonly #options: ZoneFileOptions;
  /** Of what was read last. */
  #read: string;
  /** As it was at the last look. */
  #seen: string;
  refused = false;

  constructor(apex: OwnerName, path: string, options: ZoneFileOptions) {
    this.#apex = apex;
    this.#path = path;
    this.#options = options;
    this.#read = this.#seen = stampOf(path);
    this.served = new ServedZone({ kind: 'file', text: path }, readZoneFile(apex, path, options));
  }

  /** By its path and not by its handle: editors put another file in its place. */
  look(): void {
    const stamp = stampOf(this.#path);
    const settled = stamp === this.#seen;
    this.#seen = stamp;
    if (stamp === this.#read || !settled) return;
    this.#read = stamp;
    this.#reload();
  }

  #reload(): void {
    const { log } = this.#options;
    try {
      const zone = readZoneFile(this.#apex, this.#path, this.#options);
      this.served.swap(zone);
      this.refused = false;
      log.info('a zone file is read anew', { file: this.#path, zone: this.#apex, names: zone.size });
    } catch (error) {
      if (!(error instanceof ZoneFileError)) throw error;
      this.refused = true;
      log.warn('a zone file is refused: what was read before is served', { problems: error.problems });
    }
  }
}

/** Another one for another state of the file, and for whatever keeps it from being looked at. */
function stampOf(path: string): string {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
    return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

/** @throws {ZoneFileError} when it cannot be read or served */
export function readZoneFile(apex: OwnerName, path: string, { ttl, negativeTtl }: ZoneFileTimes): StaticZone {
  const { text, serial } = readFile(path);
  const { records, faults } = parseMasterFile(text, apex, ttl);
  const wrong = faults.length > 0 ? faults : zoneFaults(apex, records);
  if (wrong.length > 0) throw new ZoneFileError(problemsOf(path, wrong));
  return new StaticZone({ apex, records, serial, negativeTtl });
}

/** A file without a SOA gets the time of its last change as its serial. */
function readFile(path: string): { readonly text: string; readonly serial: number } {
  try {
    const serial = Math.floor(statSync(path).mtimeMs / 1_000);
    return { text: readFileSync(path, 'latin1'), serial };
  } catch (error) {
    throw new ZoneFileError([`${path}: cannot be read: ${describe(error)}`]);
  }
}
