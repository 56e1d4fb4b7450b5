import { type Operation, PATHS, type Paths } from './paths.ts';
import { SCHEMAS, type Schema } from './schemas.ts';

export type { Operation, Schema };

/** OpenAPI 3.1: the REST API in one value, which is served, shown as a page, and checked by the test suite. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Paths;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

export const OPENAPI: OpenApi = {
  openapi: '3.1.0',
  info: {
    title: 'Callsign',
    version: '1',
    description:
      'The REST API of the nameserver. A service is called by its owner name; its revision is its entity tag. ' +
      'Errors are problem documents (RFC 9457). With a token set, writes need it.',
  },
  paths: PATHS,
  components: {
    schemas: SCHEMAS,
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'What --token-file holds' } },
  },
};
