import { answer, body, GUARDED, plain, UNREADY, WRITER } from './answers.ts';
import type { Described } from './operation.ts';
import { inPath } from './parameters.ts';
import { list, object, orNull, ref, type Schema, TEXT, whole } from './schema.ts';

const MOST_SECONDS = 2 ** 31 - 1;
const ID = inPath('id', 'What its client calls it; of an id of 64 hex digits four are enough');
const KEPT = { '409': plain('A registrar keeps it, or somebody changed it meanwhile') };
const MISSING = { '400': plain('There is none') };
const UNREADABLE = { '500': plain('Something is missing, or cannot be read') };
const TTL = whole(-1, MOST_SECONDS, "Seconds; -1: the nameserver's --ttl");
const DONE = { '200': plain('Done') };
const ADDRESSES = list(TEXT, 'IPv4 or IPv6');
const ALIASES = orNull(list(TEXT, 'Further names, in one of the domains'));

/** What has another type is ignored, as dnsdock does. */
const anything = (description: string): Schema => ({ description });

/** The API that dnsdock had, in its own words. */
export const DNSDOCK: Described = {
  paths: {
    '/services': {
      get: {
        operationId: 'listDnsdockServices',
        tags: ['dnsdock'],
        summary: 'All services, those of containers too',
        responses: {
          '200': answer('By id', { type: 'object', additionalProperties: ref('DnsdockService') }),
          ...UNREADY,
        },
      },
    },
    '/services/{id}': {
      get: {
        operationId: 'showDnsdockService',
        tags: ['dnsdock'],
        summary: 'One service',
        parameters: [ID],
        responses: { '200': answer('It', ref('DnsdockService')), '404': plain('There is none'), ...UNREADY },
      },
      put: {
        operationId: 'putDnsdockService',
        tags: ['dnsdock'],
        summary: 'Make or replace a service',
        parameters: [ID],
        requestBody: body(ref('WantedDnsdockService')),
        responses: { ...DONE, ...KEPT, ...UNREADABLE, ...GUARDED },
        security: WRITER,
      },
      patch: {
        operationId: 'changeDnsdockService',
        tags: ['dnsdock'],
        summary: 'Change its name, image or TTL',
        parameters: [ID],
        requestBody: body(ref('DnsdockChange')),
        responses: { ...DONE, ...MISSING, ...KEPT, ...UNREADABLE, ...GUARDED },
        security: WRITER,
      },
      delete: {
        operationId: 'removeDnsdockService',
        tags: ['dnsdock'],
        summary: 'Remove a service',
        parameters: [ID],
        responses: { ...DONE, ...MISSING, ...KEPT, ...GUARDED },
        security: WRITER,
      },
    },
    '/set/ttl': {
      put: {
        operationId: 'setDnsdockTtl',
        tags: ['dnsdock'],
        summary: 'The TTL of what has none of its own, until this nameserver ends',
        requestBody: body(whole(0, undefined, 'Seconds')),
        responses: { ...DONE, ...UNREADABLE, ...GUARDED },
        security: WRITER,
      },
    },
  },
  schemas: {
    DnsdockService: object({ Name: TEXT, Image: TEXT, IPs: ADDRESSES, TTL, Aliases: ALIASES }),
    WantedDnsdockService: {
      type: 'object',
      properties: { name: TEXT, image: TEXT, ips: ADDRESSES, ttl: TTL, aliases: ALIASES },
      required: ['name', 'image', 'ips'],
      additionalProperties: true,
    },
    DnsdockChange: {
      type: 'object',
      properties: {
        name: anything('A text'),
        image: anything('A text'),
        ttl: anything('A number of seconds'),
      },
      additionalProperties: true,
    },
  },
};
