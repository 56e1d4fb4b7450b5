import { CallsignError, describe } from '../errors.ts';
import { HttpError } from './http-error.ts';
import { json } from './json.ts';
import type { HttpReply } from './message.ts';

/** What went wrong as a client reads it (RFC 9457): of what is our own fault, no more than that it is. */
export function problem(error: unknown): HttpReply {
  const status = statusOf(error);
  const code = error instanceof CallsignError ? error.code : status >= 500 ? 'INTERNAL' : 'REQUEST_INVALID';
  const detail = status >= 500 && !(error instanceof CallsignError) ? 'internal error' : describe(error);
  const errors = error instanceof HttpError && error.problems.length > 0 ? { errors: error.problems } : {};
  const document = { type: `urn:callsign:error:${code}`, title: code, status, detail, ...errors };
  const headers = error instanceof HttpError ? error.headers : {};
  return json(status, document, { ...headers, 'content-type': 'application/problem+json' });
}

/** The status that fits an error: what is refused, what can be tried again, and what is our own fault. */
export function statusOf(error: unknown): number {
  if (error instanceof HttpError) return error.status;
  if (error instanceof CallsignError && error.retryable) return 503;
  const status = (error as { readonly status?: unknown }).status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
