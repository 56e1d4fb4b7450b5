import { CallsignError, describe } from './errors.ts';
import type { Log } from './log.ts';

/** Something long-lived: started once, closed once, closing again does nothing more. */
export interface Part {
  readonly name: string;
  start(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts parts in order and closes them in reverse, each under a deadline, so that one that hangs cannot
 * keep the others from being closed.
 */
export class Lifecycle implements Part {
  readonly name: string;
  readonly #parts: readonly Part[];
  readonly #log: Log;
  readonly #deadlineMs: number;
  readonly #started: Part[] = [];
  readonly #closed = new AbortController();
  #starting: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(name: string, parts: readonly Part[], log: Log, deadlineMs = 5_000) {
    this.name = name;
    this.#parts = parts;
    this.#log = log;
    this.#deadlineMs = deadlineMs;
  }

  /** Starts every part; when one fails, those already started are closed again and its error is thrown. */
  async start(signal: AbortSignal): Promise<void> {
    const starting = this.#startAll(AbortSignal.any([signal, this.#closed.signal]));
    this.#starting = starting.catch(() => undefined);
    try {
      await starting;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Ends a start that is under way, too: what is being started is closed once it has been. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #startAll(signal: AbortSignal): Promise<void> {
    for (const part of this.#parts) {
      signal.throwIfAborted();
      this.#started.push(part);
      await part.start(signal);
    }
    this.#closed.signal.throwIfAborted();
  }

  async #closeAll(): Promise<void> {
    this.#closed.abort();
    await this.#end(`the start of ${this.name}`, this.#starting);
    for (const part of this.#started.toReversed()) await this.#end(part.name, part.close());
  }

  async #end(what: string, work: Promise<void>): Promise<void> {
    try {
      await within(this.#deadlineMs, work, what);
    } catch (error) {
      this.#log.warn(`${what} did not close cleanly`, { error: describe(error) });
    }
  }
}

/** Resolves or rejects as `work` does, or rejects after `ms` milliseconds. */
async function within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new CallsignError('DEADLINE', `${what} took longer than ${ms} ms`)),
    ms,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
