import {
  answer,
  body,
  DONE,
  GUARDED,
  INVALID,
  problem,
  REFUSED_STORE,
  stream,
  UNREADY,
  WRITER,
} from './answers.ts';
import type { Paths } from './operation.ts';
import { inPath, PREFIX, query, REVISION } from './parameters.ts';
import { ref } from './schema.ts';

const LEASE = inPath('id', 'Of the lease');

export const STORE_PATHS: Paths = {
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
