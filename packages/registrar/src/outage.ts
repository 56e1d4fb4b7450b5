import { CallsignError, describe, type Log } from '@callsign/daemon';

/** Something outside that may be away for hours: what is wrong is told once, and once that it is over. */
export class Outage {
  readonly #log: Log;
  readonly #told = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  failed(message: string, error: unknown): void {
    const kind = error instanceof CallsignError ? error.code : String(error);
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#log.error(message, { error: describe(error) });
  }

  /** Says so if there was an outage. */
  over(message: string): void {
    if (this.#told.size > 0) this.#log.info(message);
    this.#told.clear();
  }
}
