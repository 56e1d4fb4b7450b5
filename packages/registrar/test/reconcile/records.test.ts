import assert from 'node:assert/strict';
import { decodeService, NameError, nameOfKey, ServiceError } from '@callsign/catalog';
import type { Draft } from '../../src/plugins/result.ts';
import { type Identity, recordsOf } from '../../src/reconcile/records.ts';
import { snapshot } from '../containers.ts';

const IDENTITY: Identity = {
  node: 'node1',
  region: 'default',
  environment: 'dev',
  domain: 'docker.',
  ttl: 30,
};
const DRAFT: Draft = {
  service: 'redis',
  instance: 'redis1',
  host: '172.17.0.4',
  port: 6379,
  environment: null,
  region: null,
  ttl: null,
};

function names(drafts: readonly Partial<Draft>[], identity: Partial<Identity> = {}): readonly string[] {
  const result = { plugin: 'test.js', drafts: drafts.map((draft) => ({ ...DRAFT, ...draft })) };
  return [...recordsOf(snapshot(), result, { ...IDENTITY, ...identity }).keys()].map(nameOfKey);
}

describe('records of a container', () => {
  for (const [what, drafts, identity, expected] of [
    ['its full name', [{}], {}, ['3f2a9c0b17de.node1.default.redis1.redis.dev.docker.']],
    [
      'a name without an environment',
      [{}],
      { environment: '' },
      ['3f2a9c0b17de.node1.default.redis1.redis.docker.'],
    ],
    [
      'what the plugin says before what the options say',
      [{ environment: 'Test', region: 'eu_1' }],
      {},
      ['3f2a9c0b17de.node1.eu-1.redis1.redis.test.docker.'],
    ],
    [
      'a domain of several labels',
      [{ environment: '' }],
      { domain: 'apps.example.' },
      ['3f2a9c0b17de.node1.default.redis1.redis.apps.example.'],
    ],
    [
      'labels made safe',
      [{ service: 'My.App', instance: '/a_b/c' }],
      {},
      ['3f2a9c0b17de.node1.default.a-b-c.my-app.dev.docker.'],
    ],
    [
      'a further port',
      [{}, { port: 16_379 }],
      {},
      [
        '3f2a9c0b17de.node1.default.redis1.redis.dev.docker.',
        '3f2a9c0b17de-16379.node1.default.redis1.redis.dev.docker.',
      ],
    ],
    [
      'a further service',
      [{}, { service: 'cache' }],
      {},
      [
        '3f2a9c0b17de.node1.default.redis1.redis.dev.docker.',
        '3f2a9c0b17de.node1.default.redis1.cache.dev.docker.',
      ],
    ],
    ['nothing for an empty list', [], {}, []],
  ] as const) {
    it(`have ${what}`, () => assert.deepEqual(names(drafts, identity), expected));
  }

  for (const [what, draft, error, message] of [
    ['a service that no label can hold', { service: '///' }, NameError, /leaves nothing/],
    ['a label that is too long', { instance: 'x'.repeat(64) }, NameError, /longer than 63/],
    ['a port number out of range', { port: 70_000 }, ServiceError, /port must be a whole number/],
    ['a TTL out of range', { ttl: -1 }, ServiceError, /ttl must be a whole number/],
    ['a host that is none', { host: 'not a host' }, ServiceError, /host is neither an address nor a name/],
  ] as const) {
    it(`refuse ${what} and cut nothing`, () => {
      assert.throws(
        () => names([draft]),
        (thrown) => thrown instanceof error && message.test(thrown.message),
      );
    });
  }

  it('refuse a name that is longer than 255 bytes', () => {
    const long = 'x'.repeat(63);
    assert.throws(
      () => names([{ service: long, instance: long, environment: long, region: long }]),
      NameError,
    );
  });

  it('refuse three services of one name', () => {
    assert.throws(() => names([{}, {}, {}]), /two services of one container have the name/);
  });

  it('tell whose they are and where they came from', () => {
    const [value = ''] = recordsOf(snapshot(), { plugin: 'test.js', drafts: [DRAFT] }, IDENTITY).values();
    const { host, port, ttl, callsign } = decodeService(value);
    assert.deepEqual([host, port, ttl], ['172.17.0.4', 6379, 30]);
    assert.deepEqual(callsign, {
      owner: 'node1',
      source: 'docker',
      container: '3f2a9c0b17de'.padEnd(64, '0'),
      image: 'redis:7.2',
      network: 'bridge',
      protocol: 'tcp',
      plugin: 'test.js',
    });
  });
});
