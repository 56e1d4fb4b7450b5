import { ANSWER_PATHS } from './answer-paths.ts';
import { DNSDOCK } from './dnsdock.ts';
import type { Described, Operation, Paths } from './operation.ts';
import type { Schema } from './schema.ts';
import { SCHEMAS } from './schemas.ts';
import { SERVICE_PATHS } from './service-paths.ts';
import { SKYDNS1 } from './skydns1.ts';
import { STORE_PATHS } from './store-paths.ts';

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

/** Which APIs of others are served beside our own. */
export interface Dialects {
  readonly noSkydns1?: boolean;
  readonly noDnsdock?: boolean;
}

const OURS: Described = {
  paths: { ...SERVICE_PATHS, ...ANSWER_PATHS, ...STORE_PATHS },
  schemas: SCHEMAS,
};

/** What a nameserver describes that serves these. */
export function openApi({ noSkydns1 = false, noDnsdock = false }: Dialects = {}): OpenApi {
  const served = [OURS, ...(noSkydns1 ? [] : [SKYDNS1]), ...(noDnsdock ? [] : [DNSDOCK])];
  return {
    openapi: '3.1.0',
    info: {
      title: 'Callsign',
      version: '1',
      description:
        'The REST API of the nameserver. A service is called by its owner name; its revision is its entity tag. ' +
        'Errors are problem documents (RFC 9457). With a token set, writes need it. ' +
        'The APIs of SkyDNS 1 and dnsdock are as those had them.',
    },
    paths: Object.assign({}, ...served.map(({ paths }) => paths)),
    components: {
      schemas: Object.assign({}, ...served.map(({ schemas }) => schemas)),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'What --token-file holds' },
        secret: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'The same, by itself: SkyDNS 1 wants it for reading, too',
        },
      },
    },
  };
}
