import type { Schema } from './schema.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description: string;
  readonly schema: Schema;
}

export interface Content {
  readonly [type: string]: { readonly schema: Schema };
}

export interface Answered {
  readonly description: string;
  readonly content?: Content;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  readonly responses: Readonly<Record<string, Answered>>;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';
export type Paths = Readonly<Record<string, Readonly<Partial<Record<Method, Operation>>>>>;

/** Some paths, and the values that they lead to. */
export interface Described {
  readonly paths: Paths;
  readonly schemas: Readonly<Record<string, Schema>>;
}
