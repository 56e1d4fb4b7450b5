import type { Answered, Content } from './operation.ts';
import { ref, type Schema, TEXT } from './schema.ts';

const jsonOf = (schema: Schema): Content => ({ 'application/json': { schema } });
export const body = (schema: Schema) => ({ required: true, content: jsonOf(schema) }) as const;
export const answer = (description: string, schema: Schema): Answered => ({
  description,
  content: jsonOf(schema),
});
export const problem = (description: string): Answered => ({
  description,
  content: { 'application/problem+json': { schema: ref('Problem') } },
});
export const plain = (description: string): Answered => ({
  description,
  content: { 'text/plain': { schema: TEXT } },
});
/** JSON that calls itself plain text. */
export const plainJson = (description: string, contentSchema: Schema): Answered => ({
  description,
  content: { 'text/plain': { schema: { ...TEXT, contentMediaType: 'application/json', contentSchema } } },
});
export const stream = (description: string): Answered => ({
  description,
  content: { 'text/event-stream': { schema: TEXT } },
});
export const tagged = (answered: Answered): Answered => ({
  ...answered,
  headers: { ETag: { description: 'The revision', schema: TEXT } },
});

export const WRITER = [{}, { bearer: [] }] as const;
export const INVALID = { '400': problem('The request cannot be read; every wrong field is named') };
export const UNREADY = { '503': problem('The store has not been read yet, or cannot be reached') };
export const GUARDED = {
  '401': problem('A token is needed'),
  '403': problem('Without a token: writes are not taken from this address, or this page'),
  '413': problem('The body is larger than 1 MiB'),
  ...UNREADY,
};
export const MISSING = { '404': problem('There is none of that name') };
export const CONFLICT = {
  '409': problem(
    'A registrar keeps it, it exists already, it has no lease, or somebody changed it meanwhile',
  ),
};
export const CONDITIONAL = { '412': problem('It is not at the revision that the request expects') };
export const UNCHANGED = { '304': { description: 'Nothing has changed' } };
export const SHOWN = tagged(answer('The service', ref('Service')));
export const MADE = tagged(answer('It was made', ref('Service')));
export const DONE: Answered = { description: 'Done' };
export const REFUSED_STORE = { '502': problem('The store refuses this nameserver') };
