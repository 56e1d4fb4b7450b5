/** What an error may say besides its message. */
export interface ErrorDetails {
  /** The error that led to this one, a foreign one included. */
  readonly cause?: unknown;
  /** One sentence that tells the reader what to do about it. */
  readonly cure?: string;
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retryable?: boolean;
}

/**
 * The base of every error that Callsign throws. `code` is stable and documented (docs/errors.md);
 * the message names the cause, `cure` what to do. Foreign errors are wrapped by the adapter that met them.
 */
export class CallsignError extends Error {
  readonly code: string;
  readonly cure: string | undefined;
  readonly retryable: boolean;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.cure = details.cure;
    this.retryable = details.retryable ?? false;
  }
}

/** A daemon cannot start with what it was given: sysexits' EX_CONFIG. */
export const EXIT_CONFIG = 78;

/** One line for a person: message, causes and cure, without a stack. */
export function describe(error: unknown): string {
  const cure = error instanceof CallsignError ? error.cure : undefined;
  const said = [...messages(error)].join(': ');
  return cure === undefined ? said : `${said}. ${cure}`;
}

/** What an error is, however it words it: tells one outage from another where only the first word of each is wanted. */
export function kindOf(error: unknown): string {
  return error instanceof CallsignError ? error.code : describe(error);
}

/** An aborted wait is an order that was obeyed, not a failure. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

function* messages(error: unknown): Generator<string> {
  const seen = new Set<unknown>();
  for (let at = error; at !== undefined && !seen.has(at); at = at instanceof Error ? at.cause : undefined) {
    seen.add(at);
    yield at instanceof Error ? at.message || at.name : String(at);
  }
}
