/** A schema of JSON Schema 2020-12, as far as this document goes: the test suite checks every answer by it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** False: no other field than those named. */
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  /** Of a text that holds JSON: what that is. */
  readonly contentMediaType?: 'application/json';
  readonly contentSchema?: Schema;
  readonly examples?: readonly unknown[];
}

/** One of the document's own, by its name. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

export const TEXT: Schema = { type: 'string' };

export const text = (description: string): Schema => ({ type: 'string', description });
export const flag = (description: string): Schema => ({ type: 'boolean', description });
export const whole = (minimum: number, maximum: number | undefined, description: string): Schema => ({
  type: 'integer',
  minimum,
  ...(maximum !== undefined && { maximum }),
  description,
});
/** A number that need not be whole, from 0. */
export const quantity = (maximum: number | undefined, description: string): Schema => ({
  type: 'number',
  minimum: 0,
  ...(maximum !== undefined && { maximum }),
  ...(description !== '' && { description }),
});
export const list = (items: Schema, description = ''): Schema => ({
  type: 'array',
  items,
  ...(description !== '' && { description }),
});
export const counts = (description: string): Schema => ({
  type: 'object',
  additionalProperties: { type: 'integer', minimum: 0 },
  description,
});

/** An object that has these fields and no other; those in `optional` may be absent. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema {
  const required = Object.keys(properties).filter((field) => !optional.includes(field));
  return { type: 'object', properties, required, additionalProperties: false };
}

export const orNull = (schema: Schema): Schema => ({ ...schema, type: [schema.type as string, 'null'] });
