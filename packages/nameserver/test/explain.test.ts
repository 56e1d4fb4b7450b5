import assert from 'node:assert/strict';
import { put } from '@callsign/catalog';
import { type Endpoint, FLAG, openEndpoint, parseNetwork, RCODE, type Responder } from '@callsign/dns';
import type { Explanation } from '@callsign/nameserver';
import { parseExcept, parsePreset, parseView } from '@callsign/nameserver';
import { eventually } from '../../../test/support/wait.ts';
import { ZoneFolder } from './support/overriding.ts';
import { type Running, running } from './support/running.ts';

const CONTAINER = '3f2a9c0b17de'.padEnd(64, '0');
const PROVENANCE = {
  owner: 'node1',
  source: 'docker',
  plugin: 'default.js',
  container: CONTAINER,
  image: 'redis:7',
};
const REDIS = 'docker/dev/redis/redis1/default/node1/3f2a9c0b17de';
const FROM_REDIS = {
  kind: 'store',
  name: '3f2a9c0b17de.node1.default.redis1.redis.dev.docker.',
  revision: 0,
  node: 'node1',
  source: 'docker',
  plugin: 'default.js',
  container: CONTAINER,
  image: 'redis:7',
} as const;

const CORP = `$TTL 60
www  A 10.1.0.1
*.w  A 10.1.0.2
r    CNAME redis.dev.docker.
far  CNAME www.example.net.
al   ALIAS redis1.redis.dev.docker.
void CNAME nothing
sub  NS ns.example.net.
`;

/** A question, what is asked of its answer, and that. */
type Row = readonly [question: string, expected: Partial<Explanation>];

describe('explain', () => {
  let folder: ZoneFolder;
  let server: Running;
  let file: string;

  before(async () => {
    folder = new ZoneFolder();
    file = folder.write('corp.zone', CORP);
    server = await running({
      overrides: {
        views: [parseView('lab=10.7.0.0/16')],
        zoneFiles: [{ zone: 'corp.example.', file }],
        googleApis: [parsePreset('psc:10.9.9.9@lab')],
        excepts: [parseExcept('open.run.app@lab')],
      },
    });
    const service = { host: '172.17.0.4', port: 6379, ttl: 30, callsign: PROVENANCE };
    await put(server.store, REDIS, JSON.stringify(service));
    await put(server.store, 'docker/alias', '{"host":"redis1.redis.dev.docker"}');
    await put(server.store, 'docker/star/*', '{"host":"10.0.0.8","callsign":{"portname":"http"}}');
    await put(server.store, 'docker/a', '{"host":"10.0.0.9","text":"floor 2"}');
    await eventually(async () => assert.equal((await explained('a.docker')).answer.length, 1));
  });

  after(async () => {
    await server?.[Symbol.asyncDispose]();
    folder?.[Symbol.dispose]();
  });

  /** Revisions are the store's and left out of the comparison. */
  async function explained(question: string): Promise<Explanation> {
    const [name = '', type = 'A', from = '192.0.2.1'] = question.split(' ');
    const { status, text } = await server.request(
      'GET',
      `/v1/explain?name=${name}&type=${type}&from=${from}`,
    );
    assert.equal(status, 200, text);
    return JSON.parse(text.replace(/"revision":\d+/g, '"revision":0'));
  }

  const rows: readonly (() => Row)[] = [
    () => [
      'redis.dev.docker',
      {
        client: '192.0.2.1',
        type: 'A',
        zone: { kind: 'store', name: 'docker.' },
        rcode: 'NOERROR',
        answer: [{ record: 'redis.dev.docker. 30 IN A 172.17.0.4', from: [FROM_REDIS] }],
      },
    ],
    () => [
      '4.0.17.172.in-addr.arpa PTR',
      {
        answer: [
          { record: '4.0.17.172.in-addr.arpa. 30 IN PTR redis1.redis.dev.docker.', from: [FROM_REDIS] },
        ],
      },
    ],
    () => [
      'a.docker TXT',
      {
        answer: [
          {
            record: 'a.docker. 30 IN TXT "floor 2"',
            from: [{ kind: 'store', name: 'a.docker.', revision: 0 }],
          },
        ],
      },
    ],
    () => [
      'redis1.redis.dev.docker SRV',
      {
        answer: [
          {
            record:
              'redis1.redis.dev.docker. 30 IN SRV 10 100 6379 3f2a9c0b17de.node1.default.redis1.redis.dev.docker.',
            from: [FROM_REDIS],
          },
        ],
      },
    ],
    () => [
      'alias.docker',
      {
        answer: [
          {
            record: 'alias.docker. 30 IN CNAME redis1.redis.dev.docker.',
            from: [{ kind: 'store', name: 'alias.docker.', revision: 0 }],
          },
          { record: 'redis1.redis.dev.docker. 30 IN A 172.17.0.4', from: [FROM_REDIS] },
        ],
      },
    ],
    () => ['docker SOA', { rcode: 'NOERROR' }],
    () => [
      'x.redis1.redis.dev.docker',
      {
        rcode: 'NXDOMAIN',
        answer: [],
        reason:
          'x.redis1.redis.dev.docker. does not exist; the nearest name that does is redis1.redis.dev.docker., without a wildcard',
      },
    ],
    () => [
      'x._tcp.star.docker',
      {
        rcode: 'NXDOMAIN',
        reason:
          'x._tcp.star.docker. does not exist; the nearest name that does is _tcp.star.docker., without a wildcard',
      },
    ],
    () => [
      'redis.dev.docker AAAA',
      {
        rcode: 'NOERROR',
        reason: 'redis.dev.docker. exists and has no AAAA: the store has one service at it and below it',
      },
    ],
    () => [
      'www.corp.example',
      {
        zone: { kind: 'file', name: 'corp.example.', from: file },
        answer: [
          {
            record: 'www.corp.example. 60 IN A 10.1.0.1',
            from: [{ kind: 'file', file, owner: 'www.corp.example.', line: 2 }],
          },
        ],
      },
    ],
    () => [
      'made.up.w.corp.example',
      {
        answer: [
          {
            record: 'made.up.w.corp.example. 60 IN A 10.1.0.2',
            from: [{ kind: 'file', file, owner: '*.w.corp.example.', line: 3 }],
          },
        ],
      },
    ],
    () => [
      'r.corp.example',
      {
        answer: [
          {
            record: 'r.corp.example. 60 IN CNAME redis.dev.docker.',
            from: [{ kind: 'file', file, owner: 'r.corp.example.', line: 4 }],
          },
          { record: 'redis.dev.docker. 30 IN A 172.17.0.4', from: [FROM_REDIS] },
        ],
      },
    ],
    () => [
      'al.corp.example',
      {
        answer: [
          {
            record: 'al.corp.example. 30 IN A 172.17.0.4',
            from: [{ kind: 'file', file, owner: 'al.corp.example.', line: 6 }],
          },
        ],
      },
    ],
    () => [
      'far.corp.example',
      { rcode: 'NOERROR', reason: 'www.example.net. is not ours, and nothing is forwarded' },
    ],
    () => [
      'void.corp.example',
      {
        rcode: 'NXDOMAIN',
        reason:
          'nothing.corp.example. does not exist; the nearest name that does is corp.example., without a wildcard',
      },
    ],
    () => ['www.corp.example TXT', { reason: 'www.corp.example. exists and has no TXT: it has A' }],
    () => [
      'w.corp.example',
      { reason: 'w.corp.example. exists and has no A: there are only names below it' },
    ],
    () => [
      'x.sub.corp.example',
      { reason: 'x.sub.corp.example. is delegated to other servers, and nothing is forwarded' },
    ],
    () => ['corp.example SOA', { zone: { kind: 'file', name: 'corp.example.', from: file } }],
    () => [
      'x.run.app A 10.7.0.1',
      {
        view: 'lab',
        zone: { kind: 'preset', name: 'run.app.', from: 'psc:10.9.9.9' },
        answer: [
          { record: 'x.run.app. 300 IN A 10.9.9.9', from: [{ kind: 'preset', preset: 'psc:10.9.9.9' }] },
        ],
      },
    ],
    () => [
      'x.run.app AAAA 10.7.0.1',
      { rcode: 'NOERROR', answer: [], reason: 'x.run.app. exists and has no AAAA: it has A' },
    ],
    () => ['open.run.app A 10.7.0.1', { zone: { kind: 'except', name: 'open.run.app.' }, rcode: 'REFUSED' }],
    () => [
      'x.run.app',
      { zone: { kind: 'none' }, rcode: 'REFUSED', reason: 'not in our zones, and nothing is forwarded' },
    ],
    () => ['. NS', { name: '.', type: 'NS', zone: { kind: 'none' }, rcode: 'REFUSED', answer: [] }],
    () => ['localhost', { answer: [{ record: 'localhost. 30 IN A 127.0.0.1', from: [{ kind: 'made' }] }] }],
  ];

  for (const row of rows) {
    const [question] = row();
    it(`says where the answer to ${question} comes from`, async () => {
      const [, expected] = row();
      const found = await explained(question);
      assert.deepEqual(
        Object.fromEntries(Object.keys(expected).map((field) => [field, found[field as keyof Explanation]])),
        expected,
      );
    });
  }

  it('takes who asks for the client when none is named', async () => {
    const { json } = await server.request('GET', '/v1/explain?name=a.docker');
    assert.deepEqual([json.client, json.type], ['127.0.0.1', 'A']);
  });

  for (const type of ['AXFR', 'ixfr', 'TYPE252']) {
    it(`does not take ${type} for a question about a name`, async () => {
      const { status, json } = await server.request('GET', `/v1/explain?name=docker&type=${type}`);
      const detail = `"${type}" asks for a whole zone (--allow-transfer), not for records of a name`;
      assert.deepEqual([status, json.errors], [400, [{ field: 'type', detail }]]);
    });
  }

  it('names every parameter that is wrong', async () => {
    const { status, json } = await server.request(
      'GET',
      '/v1/explain?name=a..b&type=TYPE99999&from=here&typ=A',
    );
    assert.deepEqual([status, json.title], [400, 'PARAMETERS_INVALID']);
    assert.deepEqual(json.errors, [
      { field: 'name', detail: '"a..b." has an empty label' },
      { field: 'type', detail: '"TYPE99999" is no type, for example A, AAAA, TXT or TYPE64' },
      { field: 'from', detail: '"here" is no address' },
      { field: 'typ', detail: 'is no parameter of this request' },
    ]);
  });
});

const ELSEWHERE = `no    CNAME refused.example.net.
al    ALIAS refused.example.net.
empty ALIAS nothing.example.net.
`;

/** Refuses what is called so, and has nothing of any other name. */
const UPSTREAM: Responder = {
  respond: (query, length, reply) => {
    query.copy(reply, 0, 0, length);
    const rcode = query.includes('refused') ? RCODE.REFUSED : RCODE.NOERROR;
    reply.writeUInt16BE(query.readUInt16BE(2) | FLAG.QR | FLAG.RA | rcode, 2);
    return length;
  },
};

describe('explain, where upstream has the last word', () => {
  let folder: ZoneFolder;
  let upstream: Endpoint;
  let server: Running;

  before(async () => {
    folder = new ZoneFolder();
    upstream = await openEndpoint({ host: '127.0.0.1', port: 0 }, UPSTREAM);
    const zoneFiles = [{ zone: 'corp.example.', file: folder.write('corp.zone', ELSEWHERE) }];
    const overrides = { views: [], zoneFiles, googleApis: [], excepts: [] };
    const allowRecursion = [parseNetwork('127.0.0.0/8')];
    server = await running({ overrides, allowRecursion, upstreams: [upstream.address] });
  });

  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await upstream?.close();
    folder?.[Symbol.dispose]();
  });

  for (const [name, expected] of [
    ['no.corp.example', ['SERVFAIL', 'no upstream gave an answer']],
    ['al.corp.example', ['SERVFAIL', 'no upstream gave an answer']],
    ['empty.corp.example', ['NOERROR', 'nothing.example.net. has no A']],
    ['nothing.example.net', ['NOERROR', undefined]],
  ] as const) {
    it(`says of ${name} what clients are told`, async () => {
      const { json } = await server.request('GET', `/v1/explain?name=${name}`);
      assert.deepEqual([json.rcode, json.reason], expected);
      assert.equal((await server.request('GET', `/v1/names/${name}`)).json.rcode, json.rcode);
    });
  }

  it('asks for the root as for any other name', async () => {
    const { json } = await server.request('GET', '/v1/explain?name=.&type=NS');
    assert.deepEqual([json.name, json.zone.kind, json.rcode], ['.', 'none', 'NOERROR']);
  });

  for (const [name, records] of [
    ['nothing.example.net', 0],
    ['no.corp.example', 1],
    ['al.corp.example', 0],
  ] as const) {
    it(`asks nobody for ${name} in the name of another client, even one that may ask`, async () => {
      const { json } = await server.request('GET', `/v1/explain?name=${name}&from=127.0.0.2`);
      assert.deepEqual([json.rcode, json.answer.length], [undefined, records]);
      assert.equal(json.reason, 'upstream has the last word, and is not asked in the name of another client');
      const { json: own } = await server.request('GET', `/v1/explain?name=${name}&from=::ffff:127.0.0.1`);
      assert.notEqual(own.rcode, undefined);
    });
  }

  for (const [name, expected] of [
    ['nothing.example.net', ['REFUSED', 0]],
    ['no.corp.example', ['NOERROR', 1]],
  ] as const) {
    it(`asks nobody for ${name} in the place of a client that may not ask`, async () => {
      const { json } = await server.request('GET', `/v1/explain?name=${name}&from=192.0.2.1`);
      assert.deepEqual([json.rcode, json.answer.length], expected);
      assert.equal(json.reason, 'recursion is not allowed from this address');
    });
  }
});
