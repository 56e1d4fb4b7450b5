import { CallsignError } from '@callsign/daemon';

/** One thing that is wrong with a zone file. */
export interface Fault {
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
}

/** Beyond so many nobody reads on: most often they have one cause. */
const MOST_TOLD = 20;

/** Zone files that cannot be served, with everything that is wrong with them. */
export class ZoneFileError extends CallsignError {
  /** `FILE: line 3: …` each. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('ZONE_FILE_INVALID', problems.join('; '));
    this.problems = problems;
  }
}

/** At most 20 of a file's faults, and a word on how many more there are. */
export function problemsOf(file: string, faults: readonly Fault[]): string[] {
  const told = faults.slice(0, MOST_TOLD).map(({ line, reason }) => `${file}: line ${line}: ${reason}`);
  const more = faults.length - told.length;
  return more > 0 ? [...told, `${file}: and ${more} more`] : told;
}

/** Thrown while one entry of a file is read; whoever reads the file notes it and goes on with the next entry. */
export class EntryFault extends Error {
  readonly line: number;

  constructor({ line, reason }: Fault) {
    super(reason);
    this.line = line;
  }
}
