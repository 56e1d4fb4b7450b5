import {
  answer,
  body,
  CONDITIONAL,
  CONFLICT,
  DONE,
  GUARDED,
  INVALID,
  MADE,
  MISSING,
  SHOWN,
  stream,
  tagged,
  UNCHANGED,
  UNREADY,
  WRITER,
} from './answers.ts';
import type { Paths } from './operation.ts';
import { header, IF_MATCH, IF_NONE_MATCH, NAME, query, REVISION } from './parameters.ts';
import { ref } from './schema.ts';

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

export const SERVICE_PATHS: Paths = {
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
        query('limit', 'Services on a page; without it one page has all', {
          type: 'integer',
          minimum: 1,
          maximum: 10_000,
        }),
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
};
