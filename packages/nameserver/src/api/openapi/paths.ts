import { ref, type Schema } from './schemas.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description: string;
  readonly schema: Schema;
}

interface Content {
  readonly [type: string]: { readonly schema: Schema };
}

interface Answered {
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

const TEXT: Schema = { type: 'string' };
const REVISION: Schema = { type: 'string', pattern: '^\\d+$' };

const jsonOf = (schema: Schema): Content => ({ 'application/json': { schema } });
const body = (schema: Schema) => ({ required: true, content: jsonOf(schema) }) as const;
const answer = (description: string, schema: Schema): Answered => ({ description, content: jsonOf(schema) });
const problem = (description: string): Answered => ({
  description,
  content: { 'application/problem+json': { schema: ref('Problem') } },
});
const stream = (description: string): Answered => ({
  description,
  content: { 'text/event-stream': { schema: TEXT } },
});
const tagged = (answered: Answered): Answered => ({
  ...answered,
  headers: { ETag: { description: 'The revision', schema: TEXT } },
});
const query = (name: string, description: string, schema: Schema = TEXT): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});
const header = (name: string, description: string): Parameter => ({
  name,
  in: 'header',
  description,
  schema: TEXT,
});

const NAME: Parameter = {
  name: 'name',
  in: 'path',
  required: true,
  description: 'An owner name, with its last dot or without',
  schema: TEXT,
};
const LEASE: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'Of the lease',
  schema: TEXT,
};
const PREFIX = query('prefix', 'What keys begin with; without it all are meant');
const IF_MATCH = header('If-Match', 'Write only while it is at this revision');
const IF_NONE_MATCH = header(
  'If-None-Match',
  'Of a write, *: only while there is none; of a read: 304 if nothing changed',
);

const WRITER = [{}, { bearer: [] }] as const;
const INVALID = { '400': problem('The request cannot be read; every wrong field is named') };
const UNREADY = { '503': problem('The store has not been read yet, or cannot be reached') };
const GUARDED = {
  '401': problem('A token is needed'),
  '403': problem('Without a token: writes are not taken from this address, or this page'),
  '413': problem('The body is larger than 1 MiB'),
  ...UNREADY,
};
const MISSING = { '404': problem('There is none of that name') };
const CONFLICT = {
  '409': problem(
    'A registrar keeps it, it exists already, it has no lease, or somebody changed it meanwhile',
  ),
};
const CONDITIONAL = { '412': problem('It is not at the revision that the request expects') };
const UNCHANGED = { '304': { description: 'Nothing has changed' } };
const SHOWN = tagged(answer('The service', ref('Service')));
const MADE = tagged(answer('It was made', ref('Service')));
const DONE: Answered = { description: 'Done' };
const REFUSED_STORE = { '502': problem('The store refuses this nameserver') };

const SORTS = [
  'name',
  'environment',
  'service',
  'instance',
  'region',
  'node',
  'owner',
  'host',
  'port',
  'revision',
];

export const PATHS: Paths = {
  '/v1/services': {
    get: {
      operationId: 'listServices',
      tags: ['Services'],
      summary: 'All services, or those that a filter leaves',
      parameters: [
        query('name', 'What is called so, and everything below it'),
        query('environment', 'The label of its name'),
        query('region', 'The label of its name'),
        query('node', 'The label of its name'),
        query('owner', 'The node whose registrar keeps it'),
        query('health', "What its container's health check says", {
          enum: ['none', 'starting', 'healthy', 'unhealthy'],
        }),
        query('text', 'Somewhere in its name, host, text or origin, in whatever case'),
        query('sort', 'With - before it: downwards', { enum: SORTS.flatMap((key) => [key, `-${key}`]) }),
        query('limit', 'Services on a page', { type: 'integer', minimum: 1, maximum: 10_000 }),
        query('cursor', "The last page's next"),
        IF_NONE_MATCH,
      ],
      responses: {
        '200': tagged(answer('A page', ref('ServicePage'))),
        ...UNCHANGED,
        ...INVALID,
        ...UNREADY,
      },
    },
    post: {
      operationId: 'addService',
      tags: ['Services'],
      summary: 'Make a service that there is not',
      requestBody: body(ref('NewService')),
      responses: { '201': MADE, ...INVALID, ...CONFLICT, ...CONDITIONAL, ...GUARDED },
      security: WRITER,
    },
  },
  '/v1/services/{name}': {
    get: {
      operationId: 'showService',
      tags: ['Services'],
      summary: 'One service',
      parameters: [NAME, IF_NONE_MATCH],
      responses: { '200': SHOWN, ...UNCHANGED, ...INVALID, ...MISSING, ...UNREADY },
    },
    put: {
      operationId: 'putService',
      tags: ['Services'],
      summary: 'Make or replace a service',
      parameters: [NAME, IF_MATCH, IF_NONE_MATCH],
      requestBody: body(ref('WantedService')),
      responses: { '200': SHOWN, '201': MADE, ...INVALID, ...CONFLICT, ...CONDITIONAL, ...GUARDED },
      security: WRITER,
    },
    patch: {
      operationId: 'changeService',
      tags: ['Services'],
      summary: 'Change some fields; null takes one away (RFC 7396)',
      parameters: [NAME, IF_MATCH],
      requestBody: body(ref('WantedService')),
      responses: { '200': SHOWN, ...INVALID, ...MISSING, ...CONFLICT, ...CONDITIONAL, ...GUARDED },
      security: WRITER,
    },
    delete: {
      operationId: 'removeService',
      tags: ['Services'],
      summary: 'Remove a service',
      parameters: [NAME, IF_MATCH],
      responses: { '204': DONE, ...INVALID, ...MISSING, ...CONFLICT, ...CONDITIONAL, ...GUARDED },
      security: WRITER,
    },
  },
  '/v1/services/{name}/heartbeat': {
    post: {
      operationId: 'beat',
      tags: ['Services'],
      summary: 'Begin the lease of a service anew',
      parameters: [NAME],
      responses: { '204': DONE, ...INVALID, ...MISSING, ...CONFLICT, ...GUARDED },
      security: WRITER,
    },
  },
  '/v1/nodes': {
    get: {
      operationId: 'listNodes',
      tags: ['Services'],
      summary: 'The nodes that have services',
      responses: { '200': answer('By region and name', ref('Nodes')), ...UNREADY },
    },
  },
  '/v1/events': {
    get: {
      operationId: 'followServices',
      tags: ['Services'],
      summary: 'Every change as it happens, as server-sent events: put, delete and reset',
      parameters: [
        header('Last-Event-ID', 'The revision that was seen last'),
        query('after', 'The same, for who cannot set headers', REVISION),
      ],
      responses: { '200': stream('Events'), ...INVALID, ...UNREADY },
    },
  },
  '/v1/names/{name}': {
    get: {
      operationId: 'resolveName',
      tags: ['Answers'],
      summary: 'What a question would get from the address of whoever sends the request',
      parameters: [NAME, query('type', 'A, unless told', TEXT)],
      responses: { '200': answer('The answer', ref('Answer')), ...INVALID },
    },
  },
  '/v1/explain': {
    get: {
      operationId: 'explainName',
      tags: ['Answers'],
      summary: 'What a question is answered with, and where that comes from',
      parameters: [
        { ...query('name', 'The name asked for'), required: true },
        query('type', 'A, unless told'),
        query('from', 'The address of whoever asks'),
      ],
      responses: { '200': answer('The explanation', ref('Explanation')), ...INVALID },
    },
  },
  '/v1/status': {
    get: {
      operationId: 'showStatus',
      tags: ['Answers'],
      summary: 'What this nameserver is and does',
      responses: { '200': answer('The status', ref('Status')) },
    },
  },
  '/v1/store/entries': {
    get: {
      operationId: 'listEntries',
      tags: ['Store'],
      summary: 'Keys and values at a revision',
      parameters: [PREFIX],
      responses: { '200': answer('The entries', ref('Listing')), ...REFUSED_STORE, ...UNREADY },
    },
  },
  '/v1/store/changes': {
    get: {
      operationId: 'followEntries',
      tags: ['Store'],
      summary: 'Every later batch, as server-sent events',
      parameters: [PREFIX, { ...query('after', 'A revision', REVISION), required: true }],
      responses: { '200': stream('Batches'), ...INVALID, ...UNREADY },
    },
  },
  '/v1/store/commits': {
    post: {
      operationId: 'commit',
      tags: ['Store'],
      summary: 'All writes or none',
      requestBody: body(ref('Commit')),
      responses: {
        '200': answer('The revision they made', ref('Committed')),
        ...INVALID,
        '404': problem('The lease has ended'),
        '409': problem('An expectation is not met'),
        ...REFUSED_STORE,
        ...GUARDED,
      },
      security: WRITER,
    },
  },
  '/v1/store/leases': {
    post: {
      operationId: 'grantLease',
      tags: ['Store'],
      summary: 'A lease',
      requestBody: body(ref('WantedLease')),
      responses: { '201': answer('The lease', ref('Lease')), ...INVALID, ...REFUSED_STORE, ...GUARDED },
      security: WRITER,
    },
  },
  '/v1/store/leases/{id}/renewals': {
    post: {
      operationId: 'renewLease',
      tags: ['Store'],
      summary: 'Keep a lease alive',
      parameters: [LEASE],
      responses: { '204': DONE, ...INVALID, '404': problem('It has ended'), ...REFUSED_STORE, ...GUARDED },
      security: WRITER,
    },
  },
  '/v1/store/leases/{id}': {
    delete: {
      operationId: 'revokeLease',
      tags: ['Store'],
      summary: 'End a lease and delete its entries',
      parameters: [LEASE],
      responses: { '204': DONE, ...INVALID, ...REFUSED_STORE, ...GUARDED },
      security: WRITER,
    },
  },
};
