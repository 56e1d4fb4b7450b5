import { answer, INVALID } from './answers.ts';
import type { Paths } from './operation.ts';
import { NAME, query, REVISION } from './parameters.ts';
import { ref, TEXT } from './schema.ts';

export const ANSWER_PATHS: Paths = {
  '/v1/names/{name}': {
    get: {
      operationId: 'resolveName',
      tags: ['Answers'],
      summary: 'What a question from the address of the client that sends the request would get',
      parameters: [NAME, query('type', 'The type; A by default', TEXT)],
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
        query('type', 'The type; A by default'),
        query('from', 'The address of the client that asks'),
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
  '/v1/traffic': {
    get: {
      operationId: 'showTraffic',
      tags: ['Answers'],
      summary: 'What was asked in the last five minutes, and what came of it',
      parameters: [query('after', 'The end of the last sample that was seen', REVISION)],
      responses: { '200': answer('Samples, the oldest first', ref('Traffic')), ...INVALID },
    },
  },
};
