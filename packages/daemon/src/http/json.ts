import { describe } from '../errors.ts';
import { HttpError } from './http-error.ts';
import type { Body, HttpReply, HttpRequest } from './message.ts';

/** The body as JSON. @throws {HttpError} 400 when it is not */
export function jsonBody(request: HttpRequest): unknown {
  try {
    return JSON.parse(request.body);
  } catch (error) {
    throw new HttpError(400, 'BODY_NOT_JSON', `the body is not JSON: ${describe(error)}`);
  }
}

export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return jsonText(status, `${JSON.stringify(value)}\n`, headers);
}

/** The same for what is JSON already. */
export function jsonText(
  status: number,
  body: Body,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}
