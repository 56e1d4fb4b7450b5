import { checkService, isMeantHost, MAX_LEASE, type Service, ServiceError } from '@callsign/catalog';
import { type FieldProblem, type HttpRequest, jsonBody } from '@callsign/daemon';
import { isTooLong, LONG_TEXT } from '../zone/record.ts';
import { invalid } from './directory.ts';
import { READ_ONLY } from './shown-service.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a client wants a service to be. */
export interface WantedService {
  readonly service: Service;
  /** Seconds after its last heartbeat; undefined: for good. */
  readonly leaseTtl: number | undefined;
}

const FIELDS = new Set([
  'host',
  'port',
  'priority',
  'weight',
  'text',
  'mail',
  'ttl',
  'targetstrip',
  'group',
  'leaseTtl',
]);

/** @throws {HttpError} 400 when the body is no JSON object */
export function bodyFields(request: HttpRequest): Fields {
  const body = jsonBody(request);
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Fields;
  throw invalid([{ field: 'body', detail: 'must be a JSON object' }]);
}

/**
 * Reads a service from the fields of a body; what was shown and may come back is left out.
 * @throws {HttpError} 400 with every problem: those that the record's own check finds, and fields that nobody knows
 */
export function wantedService(body: Fields): WantedService {
  const fields = Object.fromEntries(Object.entries(body).filter(([field]) => !READ_ONLY.has(field)));
  const { leaseTtl, ...told } = fields;
  const problems = [...unknownFields(fields), ...leaseProblems(leaseTtl)];
  try {
    const service = checkService(told);
    problems.push(...hostProblems(service), ...(isTooLong(service.text) ? [LONG_TEXT] : []));
    if (problems.length === 0)
      return { service, leaseTtl: (leaseTtl as number | null | undefined) ?? undefined };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    problems.push(...error.problems);
  }
  throw invalid(problems);
}

function unknownFields(fields: Fields): FieldProblem[] {
  const unknown = Object.keys(fields).filter((field) => !FIELDS.has(field));
  return unknown.map((field) => ({ field, detail: 'is not a field of a service' }));
}

function leaseProblems(leaseTtl: unknown): FieldProblem[] {
  if (leaseTtl === undefined || leaseTtl === null) return [];
  if (Number.isInteger(leaseTtl) && (leaseTtl as number) >= 1 && (leaseTtl as number) <= MAX_LEASE) return [];
  return [{ field: 'leaseTtl', detail: `must be a whole number from 1 to ${MAX_LEASE}` }];
}

function hostProblems({ host, text }: Service): FieldProblem[] {
  if (host === '' && text === '') return [{ field: 'host', detail: 'or text is needed' }];
  if (isMeantHost(host)) return [];
  return [{ field: 'host', detail: 'is neither an address nor a name of letters, digits, "-" and "_"' }];
}
