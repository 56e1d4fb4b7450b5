import type { Parameter } from './operation.ts';
import { type Schema, TEXT } from './schema.ts';

/** A revision of the store, as text. */
export const REVISION: Schema = { type: 'string', pattern: '^\\d+$' };

export const query = (name: string, description: string, schema: Schema = TEXT): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});
export const header = (name: string, description: string): Parameter => ({
  name,
  in: 'header',
  description,
  schema: TEXT,
});

export const inPath = (name: string, description: string): Parameter => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: TEXT,
});

export const NAME = inPath('name', 'An owner name, with its last dot or without');
export const PREFIX = query('prefix', 'What keys begin with; without it all are meant');
export const IF_MATCH = header('If-Match', 'Write only while it is at this revision');
export const IF_NONE_MATCH = header(
  'If-None-Match',
  'Of a write, *: only while there is none; of a read: 304 if nothing changed',
);
