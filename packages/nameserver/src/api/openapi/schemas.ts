import {
  counts,
  flag,
  list,
  object,
  orNull,
  quantity,
  ref,
  type Schema,
  TEXT,
  text,
  whole,
} from './schema.ts';

const MOST_SECONDS = 2 ** 31 - 1;
const REVISION = whole(0, undefined, "The store's revision");
const LEASE_TTL = whole(1, 86_400, 'Seconds after its last heartbeat at which it is gone; absent: it stays');

const MESSAGE = {
  host: text('An IPv4 or IPv6 address, or a name; "" for none'),
  port: whole(-1, 65_535, 'In SRV answers; -1 keeps the service out of them'),
  priority: whole(0, 65_535, 'Of SRV and MX; 0 stands for 10'),
  weight: whole(0, 65_535, 'Of SRV, before scaling; 0 stands for 100'),
  text: text('TXT'),
  mail: flag('True: a mail exchanger too'),
  ttl: whole(0, MOST_SECONDS, "Seconds; 0: the nameserver's --ttl"),
  targetstrip: whole(0, 127, 'Labels cut from the left of the name that SRV and MX point at'),
  group: text('Among services found together the shortest name decides which group is answered'),
};

const STRUCTURE = {
  environment: text('A label of its name, as all of the next five'),
  service: TEXT,
  instance: TEXT,
  region: TEXT,
  node: TEXT,
};

const SHOWN = {
  name: { ...text('Its owner name, which is its id'), examples: ['web.dev.docker.'] },
  revision: whole(0, undefined, "The store's revision of its last write; its entity tag"),
  ...STRUCTURE,
  ...MESSAGE,
  leaseTtl: LEASE_TTL,
  callsign: { type: 'object', description: 'Where it came from', additionalProperties: true },
};

/** What a body may have: every field may be absent, null means absent, and what was shown may come back. */
const WANTED = Object.fromEntries(Object.entries(SHOWN).map(([field, schema]) => [field, orNull(schema)]));

const ORIGIN: Schema = {
  type: 'object',
  properties: { kind: { enum: ['store', 'file', 'preset', 'made', 'upstream'] } },
  required: ['kind'],
  additionalProperties: true,
};

const RECORDS = list({ ...TEXT, examples: ['web.dev.docker. 30 IN A 10.0.0.5'] }, 'Lines of a master file');

const WRITE: Schema = {
  oneOf: [
    object({ kind: { const: 'put' }, key: TEXT, value: TEXT }),
    object({ kind: { const: 'delete' }, key: TEXT }),
  ],
};

const ENTRY = object({ key: TEXT, value: TEXT, revision: REVISION, leaseTtl: LEASE_TTL }, ['leaseTtl']);

export const SCHEMAS = {
  Service: object(SHOWN, [...Object.keys(STRUCTURE), 'leaseTtl', 'callsign']),
  WantedService: { type: 'object', properties: WANTED, additionalProperties: false },
  NewService: {
    type: 'object',
    properties: { ...WANTED, name: TEXT },
    required: ['name'],
    additionalProperties: false,
  },
  ServicePage: object(
    {
      revision: REVISION,
      total: whole(0, undefined, 'How many there are on all pages'),
      services: list(ref('Service')),
      next: text('The cursor of the next page'),
    },
    ['next'],
  ),
  Nodes: object({
    revision: REVISION,
    nodes: list(
      object(
        {
          node: TEXT,
          region: TEXT,
          services: whole(0, undefined, 'How many'),
          owners: list(TEXT, 'Whose registrars keep them'),
          leaseTtl: LEASE_TTL,
          youngest: REVISION,
        },
        ['leaseTtl'],
      ),
    ),
  }),
  Answer: object({
    name: TEXT,
    type: { ...TEXT, examples: ['A'] },
    rcode: { ...TEXT, examples: ['NOERROR', 'NXDOMAIN'] },
    flags: list({ enum: ['qr', 'aa', 'tc', 'rd', 'ra', 'ad', 'cd'] }),
    answer: RECORDS,
    authority: RECORDS,
    additional: RECORDS,
    text: text('The whole message, about as dig prints it'),
  }),
  Explanation: object(
    {
      name: TEXT,
      type: TEXT,
      client: text('The address that the question is asked from'),
      view: text('Absent: what holds for all'),
      zone: object(
        { kind: { enum: ['store', 'file', 'preset', 'except', 'none'] }, name: TEXT, from: TEXT },
        ['name', 'from'],
      ),
      rcode: text("Absent: it is upstream's to tell, and upstream was not asked"),
      answer: list(object({ record: TEXT, from: list(ORIGIN) })),
      reason: text('Why there is no answer, or where it ends'),
    },
    ['view', 'rcode', 'reason'],
  ),
  Status: object(
    {
      version: TEXT,
      domains: list(TEXT),
      ready: flag('Whether the store has been read'),
      unready: text('Why it is not ready'),
      revision: REVISION,
      records: whole(0, undefined, 'How many'),
      ageSeconds: whole(0, undefined, 'Since the zone last changed'),
      store: TEXT,
      dns: list(TEXT),
      http: list(TEXT),
      upstreams: list(TEXT),
      queries: object({
        total: whole(0, undefined, ''),
        byRcode: counts('By rcode'),
        byType: counts('By type'),
      }),
      forwarded: whole(0, undefined, 'Questions passed on to upstreams'),
      cache: object({
        hits: whole(0, undefined, ''),
        misses: whole(0, undefined, ''),
        bytes: whole(0, undefined, ''),
      }),
      uptimeSeconds: whole(0, undefined, ''),
    },
    ['unready', 'ageSeconds'],
  ),
  Traffic: object({
    everySeconds: whole(1, undefined, 'How far samples are apart'),
    samples: list(
      object(
        {
          at: whole(0, undefined, 'Its end, in milliseconds since 1970'),
          queriesPerSecond: quantity(undefined, ''),
          outcomes: {
            type: 'object',
            additionalProperties: quantity(undefined, ''),
            description: 'Replies a second by rcode',
          },
          cacheHits: quantity(1, 'Of the questions for names that are not ours, how many the cache answered'),
          meanMs: quantity(undefined, 'Milliseconds that replies took on average'),
          p99Ms: quantity(undefined, 'Milliseconds within which 99 of 100 replies were made'),
        },
        ['cacheHits', 'meanMs', 'p99Ms'],
      ),
    ),
  }),
  Listing: object({ revision: REVISION, entries: list(ENTRY) }),
  Commit: object(
    {
      writes: list(WRITE, 'At most 128, each key once'),
      lease: text('Puts end with it'),
      expect: list(object({ key: TEXT, revision: REVISION }), 'Revision 0: there is none'),
    },
    ['lease', 'expect'],
  ),
  Committed: object({ revision: REVISION }),
  WantedLease: object({ ttl: whole(1, 86_400, 'Seconds') }),
  Lease: object({ id: TEXT, ttl: whole(1, undefined, 'Seconds, as granted') }),
  Problem: object(
    {
      type: { type: 'string', pattern: '^urn:callsign:error:[A-Z0-9_]+$' },
      title: text('The code: docs/errors.md explains each'),
      status: whole(400, 599, ''),
      detail: TEXT,
      errors: list(object({ field: TEXT, detail: TEXT }), 'Every field that is wrong'),
    },
    ['errors'],
  ),
} satisfies Record<string, Schema>;
