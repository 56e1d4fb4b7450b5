import assert from 'node:assert/strict';
import {
  type Dialects,
  type OpenApi,
  type Operation,
  openApi,
  type Schema,
} from '../../src/api/openapi/document.ts';

const OPENAPI = openApi();

export interface Spoken {
  /** Which APIs of others are served. */
  readonly dialects?: Dialects;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
  readonly status: number;
  readonly type: string | null;
  readonly answer: unknown;
}

/** Holds one request and its answer against the document; what is not described there is none of its business. */
export function checkSpoken({ dialects, method, path, body, status, type, answer }: Spoken): void {
  const [bare = '', query = ''] = path.split('?', 2);
  const operation = operationOf(openApi(dialects), method, bare);
  if (operation === undefined) return;
  const what = `${method} ${path} ${status}`;
  const described = operation.responses[status];
  assert.ok(described, `${what}: the document knows no such answer`);
  const [[media, { schema }] = ['', { schema: {} }]] = Object.entries(described.content ?? {});
  assert.equal((type ?? '').split(';')[0], media, `${what}: type of the answer`);
  const told = schema.contentSchema ?? (media.endsWith('json') ? schema : {});
  assert.deepEqual(problemsOf(answer, told), [], `${what}: the answer`);
  if (status >= 400) return;
  const wanted = operation.requestBody?.content['application/json']?.schema;
  if (wanted !== undefined)
    assert.deepEqual(problemsOf(body, wanted), [], `${what}: the body that was taken`);
  const known = (operation.parameters ?? []).filter((each) => each.in === 'query').map(({ name }) => name);
  const unknown = [...new URLSearchParams(query).keys()].filter((name) => !known.includes(name));
  assert.deepEqual(unknown, [], `${what}: parameters that were taken`);
}

function operationOf({ paths }: OpenApi, method: string, path: string): Operation | undefined {
  const found = Object.entries(paths).find(([template]) =>
    new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`).test(path),
  );
  return found?.[1][method.toLowerCase() as 'get'];
}

/** What is wrong with a value by a schema: the part of JSON Schema that the document uses, and no other. */
export function problemsOf(value: unknown, schema: Schema, at = '$'): string[] {
  if (schema.$ref !== undefined) return problemsOf(value, resolved(schema.$ref), at);
  if (schema.oneOf !== undefined) {
    const fitting = schema.oneOf.filter((each) => problemsOf(value, each, at).length === 0);
    return fitting.length === 1 ? [] : [`${at} fits ${fitting.length} of the choices`];
  }
  return [...ownProblems(value, schema, at), ...innerProblems(value, schema, at)];
}

function ownProblems(value: unknown, schema: Schema, at: string): string[] {
  const { type, enum: choices, minimum, maximum, pattern } = schema;
  const checks: readonly (readonly [boolean, string])[] = [
    [type === undefined || [type].flat().some((each) => isOfType(value, each)), `is no ${type}`],
    [choices === undefined || choices.includes(value), `is none of ${choices}`],
    [!('const' in schema) || value === schema.const, `is not ${schema.const}`],
    [typeof value !== 'number' || minimum === undefined || value >= minimum, `is below ${minimum}`],
    [typeof value !== 'number' || maximum === undefined || value <= maximum, `is above ${maximum}`],
    [
      typeof value !== 'string' || pattern === undefined || new RegExp(pattern).test(value),
      `is not like ${pattern}`,
    ],
  ];
  return checks.filter(([fits]) => !fits).map(([, told]) => `${at} ${told}`);
}

function innerProblems(value: unknown, schema: Schema, at: string): string[] {
  const { items, properties = {}, required = [], additionalProperties = true } = schema;
  if (Array.isArray(value)) {
    return items === undefined
      ? []
      : value.flatMap((each, index) => problemsOf(each, items, `${at}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  const missing = required.filter((field) => !(field in value)).map((field) => `${at}.${field} is missing`);
  const fields = Object.entries(value).flatMap(([field, content]) => {
    const known = Object.hasOwn(properties, field) ? properties[field] : additionalProperties;
    if (known === false) return [`${at}.${field} is not described`];
    return known === true || known === undefined ? [] : problemsOf(content, known, `${at}.${field}`);
  });
  return [...missing, ...fields];
}

function resolved(reference: string): Schema {
  const schema = OPENAPI.components.schemas[reference.replace('#/components/schemas/', '')];
  assert.ok(schema, `${reference} leads nowhere`);
  return schema;
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
