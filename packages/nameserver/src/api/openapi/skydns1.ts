import { body, GUARDED, plain, plainJson, problem, UNREADY } from './answers.ts';
import type { Described } from './operation.ts';
import { inPath, query } from './parameters.ts';
import { counts, flag, list, object, ref, type Schema, TEXT, text, whole } from './schema.ts';

const MOST_SECONDS = 2 ** 32 - 1;
const UUID = inPath('uuid', 'What its client calls it');
const READER = { ...UNREADY, '401': problem('A token is needed') };
const SECURITY = [{}, { secret: [] }] as const;
const EXISTS = { '409': plain('It exists already, or somebody changed it meanwhile') };
const CHANGED = { '409': plain('Somebody changed it meanwhile') };
const MISSING = { '404': plain('There is none') };
const UNREADABLE = { '500': plain('The body is no JSON, or a field has the wrong type') };

/** The labels of its name. An empty one is `default` there. */
const LABELS = { Name: TEXT, Version: TEXT, Environment: TEXT, Region: TEXT };
const TTL = whole(0, MOST_SECONDS, 'Seconds after its last heartbeat at which it is gone');
const PORT = whole(0, 65_535, '');

/** Fields are found whatever their case, and those that nobody knows are ignored. */
const wanted = (properties: Readonly<Record<string, Schema>>, ...required: readonly string[]): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: true,
});

/** The API that SkyDNS 1 had, in its own words. Its JSON calls itself plain text. */
export const SKYDNS1: Described = {
  paths: {
    '/skydns/services/': {
      get: {
        operationId: 'querySkydns1Services',
        tags: ['SkyDNS 1'],
        summary: 'The services that a pattern fits',
        parameters: [query('query', 'Labels from the right, * for any one of them; all unless told')],
        responses: {
          '200': plainJson('They', list(ref('SkyDns1Service'))),
          '404': plain('None'),
          ...READER,
        },
        security: SECURITY,
      },
    },
    '/skydns/services/{uuid}': {
      get: {
        operationId: 'showSkydns1Service',
        tags: ['SkyDNS 1'],
        summary: 'One service',
        parameters: [UUID],
        responses: { '200': plainJson('It', ref('SkyDns1Service')), ...MISSING, ...READER },
        security: SECURITY,
      },
      put: {
        operationId: 'addSkydns1Service',
        tags: ['SkyDNS 1'],
        summary: 'Make a service that there is not',
        parameters: [UUID],
        requestBody: body(ref('WantedSkyDns1Service')),
        responses: {
          '201': plain('It was made'),
          '400': plain('It has no port, no host or one that is none, or leaves no name'),
          ...EXISTS,
          ...UNREADABLE,
          ...GUARDED,
        },
        security: SECURITY,
      },
      patch: {
        operationId: 'beatSkydns1Service',
        tags: ['SkyDNS 1'],
        summary: 'Its heartbeat: the TTL begins anew',
        parameters: [UUID],
        requestBody: body(ref('SkyDns1Heartbeat')),
        responses: { '200': plain('Done'), ...MISSING, ...CHANGED, ...UNREADABLE, ...GUARDED },
        security: SECURITY,
      },
      delete: {
        operationId: 'removeSkydns1Service',
        tags: ['SkyDNS 1'],
        summary: 'Remove a service',
        parameters: [UUID],
        responses: { '200': plain('Done'), ...MISSING, ...CHANGED, ...GUARDED },
        security: SECURITY,
      },
    },
    '/skydns/regions/': {
      get: {
        operationId: 'countSkydns1Regions',
        tags: ['SkyDNS 1'],
        summary: 'How many services each region has',
        responses: { '200': plainJson('They', counts('By region')), ...READER },
        security: SECURITY,
      },
    },
    '/skydns/environments/': {
      get: {
        operationId: 'countSkydns1Environments',
        tags: ['SkyDNS 1'],
        summary: 'How many services each environment has',
        responses: { '200': plainJson('They', counts('By environment')), ...READER },
        security: SECURITY,
      },
    },
    '/skydns/callbacks/{uuid}': {
      put: {
        operationId: 'addSkydns1Callback',
        tags: ['SkyDNS 1'],
        summary: 'Be told, by DELETE, when one of these services goes',
        parameters: [UUID],
        requestBody: body(ref('SkyDns1Callback')),
        responses: { '201': plain('Done'), ...MISSING, ...CHANGED, ...UNREADABLE, ...GUARDED },
        security: SECURITY,
      },
    },
  },
  schemas: {
    SkyDns1Service: object({
      UUID: TEXT,
      ...LABELS,
      Host: TEXT,
      Port: PORT,
      TTL: whole(0, MOST_SECONDS, 'Seconds that are left'),
      Expires: text('When it is gone (RFC 3339)'),
      NoExpire: flag('True: it stays'),
    }),
    WantedSkyDns1Service: wanted(
      { ...LABELS, Host: TEXT, Port: PORT, TTL, NoExpire: flag('True: it stays') },
      'Host',
      'Port',
    ),
    SkyDns1Heartbeat: wanted({ TTL }),
    SkyDns1Callback: wanted({ ...LABELS, Reply: text('The host that is called'), Port: PORT }),
  },
};
