import assert from 'node:assert/strict';
import { decodeService, NameError, nameOfKey, ServiceError } from '@callsign/catalog';
import type { Draft } from '../../src/plugins/result.ts';
import { type Identity, recordsOf } from '../../src/reconcile/records.ts';
import { snapshot } from '../containers.ts';
import { draft } from '../drafts.ts';

const IDENTITY: Identity = {
  node: 'node1',
  region: 'default',
  environment: 'dev',
  domain: 'docker.',
  ttl: 30,
};
const REDIS = { service: 'redis', instance: 'redis1', host: '172.17.0.4', port: 6379 };

/** The names of all records, and why aliases were left out. */
function recorded(
  drafts: readonly Partial<Draft>[],
  identity: Partial<Identity> = {},
  container = snapshot(),
) {
  const all = drafts.map((changes) => draft({ ...REDIS, ...changes }));
  const result = { plugin: 'test.js', shipped: false, drafts: all };
  return recordsOf(container, result, { ...IDENTITY, ...identity });
}

function names(drafts: readonly Partial<Draft>[], identity: Partial<Identity> = {}): readonly string[] {
  return [...recorded(drafts, identity).records.keys()].map(nameOfKey);
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
      'UDP and TCP of one port number beside another port',
      [{ port: 80 }, { port: 53, protocol: 'tcp' }, { port: 53, protocol: 'udp' }],
      {},
      [
        '3f2a9c0b17de.node1.default.redis1.redis.dev.docker.',
        '3f2a9c0b17de-53.node1.default.redis1.redis.dev.docker.',
        '3f2a9c0b17de-53-udp.node1.default.redis1.redis.dev.docker.',
      ],
    ],
    [
      'aliases: as they are given, right below the domain, as a wildcard; none twice',
      [{ aliases: ['DB.docker.', 'cache', '*.apps.docker', '_x._tcp.docker', 'cache', 'cache.docker'] }],
      {},
      [
        '3f2a9c0b17de.node1.default.redis1.redis.dev.docker.',
        '3f2a9c0b17de.node1.default.db.docker.',
        '3f2a9c0b17de.node1.default.cache.docker.',
        '3f2a9c0b17de.node1.default.*.apps.docker.',
        '3f2a9c0b17de.node1.default._x._tcp.docker.',
      ],
    ],
    [
      'no second record for an alias that is the own name',
      [{ aliases: ['redis1.redis.dev.docker'] }],
      {},
      ['3f2a9c0b17de.node1.default.redis1.redis.dev.docker.'],
    ],
    [
      'an alias for each port',
      [{ aliases: ['db'] }, { port: 16_379, aliases: ['db'] }],
      {},
      [
        '3f2a9c0b17de.node1.default.redis1.redis.dev.docker.',
        '3f2a9c0b17de.node1.default.db.docker.',
        '3f2a9c0b17de-16379.node1.default.redis1.redis.dev.docker.',
        '3f2a9c0b17de-16379.node1.default.db.docker.',
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
    ['a priority out of range', { priority: 65_536 }, ServiceError, /priority must be/],
    ['a protocol that is none', { protocol: 'icmp' }, ServiceError, /Protocol must be one of tcp/],
    ['a port name that no label can hold', { portName: '_' }, NameError, /leaves nothing/],
    ['a scheme that is none', { scheme: 'h ttp' }, ServiceError, /Scheme is no scheme/],
    ['an ALPN identifier with a blank', { alpn: ['h2', 'a b'] }, ServiceError, /ALPN has an identifier/],
    ['a text with control characters', { text: 'a\u001b[2J' }, ServiceError, /Text has control characters/],
    [
      'a name that would speak for the zone',
      { instance: 'ns', service: 'dns', environment: '' },
      NameError,
      /ns\.dns\.docker\. is for records of the zone itself/,
    ],
    ['a host that is none', { host: 'not a host' }, ServiceError, /Host is neither an address nor a name/],
    [
      'an address that is none',
      { host: '10.0.0.256' },
      ServiceError,
      /Host is neither an address nor a name/,
    ],
    ['an address and more', { host: '10.0.0.1;x' }, ServiceError, /Host is neither an address nor a name/],
    ['an address of one machine alone', { host: 'fe80::1%eth0' }, ServiceError, /Host is neither/],
    ['a name with an empty label', { host: 'db..docker' }, ServiceError, /Host is neither/],
    [
      'a port name of 63 characters',
      { portName: `_${'p'.repeat(63)}` },
      ServiceError,
      /PortName is longer than 62/,
    ],
    ['a scheme of 63 characters', { scheme: 's'.repeat(63) }, ServiceError, /Scheme is longer than 62/],
  ] as const) {
    it(`refuse ${what} and cut nothing`, () => {
      assert.throws(
        () => names([draft]),
        (thrown) => thrown instanceof error && message.test(thrown.message),
      );
    });
  }

  for (const [alias, reason] of [
    ['db.example.com', /db\.example\.com\. is not within docker\./],
    ['docker.', /is the domain itself/],
    ['', /empty label/],
    ['a..docker', /empty label/],
    ['ns.dns.docker', /for records of the zone itself/],
    ['bücher.docker', /character that no name may have/],
    ['a\u0000.docker', /character that no name may have/],
    ['a b.docker', /character that no name may have/],
    ['a.*.docker', /has the label "\*"/],
    ['a;b.docker', /has the label "a;b"/],
    [`${'x'.repeat(64)}.docker`, /longer than 63/],
    [`${`${'x'.repeat(63)}.`.repeat(3)}${'x'.repeat(40)}.docker`, /longer than 255/],
  ] as const) {
    it(`leave out the alias ${JSON.stringify(alias).slice(0, 40)} alone, saying why`, () => {
      const { records, refused } = recorded([{ aliases: [alias, 'db'] }]);
      assert.equal(records.size, 2);
      assert.match(refused.join(), reason);
    });
  }

  const networks = { bridge: { IPAddress: '172.17.0.4', GlobalIPv6Address: 'fd00::4' } };
  const both = snapshot({ NetworkSettings: { Networks: networks } });

  it('have both addresses of a container that has two, each below the name that SRV points at', () => {
    const { records } = recorded(
      [{ aliases: ['db'] }, { port: 80 }, { host: 'fd00::4', port: 81 }, { host: '192.0.2.1', service: 'x' }],
      {},
      both,
    );
    const found = [...records].map(([key, value]) => {
      const { host, port, targetstrip, callsign } = decodeService(value);
      const name = nameOfKey(key).split('.default.').join(' ');
      return [name, host, port, targetstrip, callsign?.network ?? '-'].join(' ');
    });
    assert.deepEqual(found, [
      'v4.3f2a9c0b17de.node1 redis1.redis.dev.docker. 172.17.0.4 6379 1 bridge',
      'v6.3f2a9c0b17de.node1 redis1.redis.dev.docker. fd00::4 6379 1 bridge',
      'v4.3f2a9c0b17de.node1 db.docker. 172.17.0.4 6379 1 bridge',
      'v6.3f2a9c0b17de.node1 db.docker. fd00::4 6379 1 bridge',
      'v4.3f2a9c0b17de-80.node1 redis1.redis.dev.docker. 172.17.0.4 80 1 bridge',
      'v6.3f2a9c0b17de-80.node1 redis1.redis.dev.docker. fd00::4 80 1 bridge',
      '3f2a9c0b17de-81.node1 redis1.redis.dev.docker. fd00::4 81 0 bridge',
      '3f2a9c0b17de.node1 redis1.x.dev.docker. 192.0.2.1 6379 0 -',
    ]);
  });

  it('say the same of both addresses', () => {
    const whole = {
      text: 'floor 2',
      mail: true,
      portName: 'http',
      alpn: ['h2'],
      scheme: 'https',
      group: 'g',
    };
    const [one, other] = [...recorded([whole], {}, both).records.values()].map(decodeService);
    assert.deepEqual({ ...other, host: one?.host }, one);
  });

  it('carry the whole message', () => {
    const whole = { priority: 5, weight: 7, text: 'floor 2', group: 'g', mail: true, ttl: 9 };
    const hints = { protocol: 'TCP', portName: '_http', scheme: 'HTTPS', alpn: ['h2', 'http/1.1'] };
    const values = [...recorded([{ ...whole, ...hints, aliases: ['db'] }]).records.values()].map(
      decodeService,
    );
    for (const [at, { callsign, ...message }] of values.entries()) {
      assert.deepEqual(message, { host: '172.17.0.4', port: 6379, targetstrip: 0, ...whole });
      const { protocol, portname, scheme, alpn, alias } = callsign ?? {};
      assert.deepEqual([protocol, portname, scheme, alpn], ['tcp', 'http', 'https', ['h2', 'http/1.1']]);
      assert.equal(alias, at === 0 ? undefined : true);
    }
  });

  it('refuse a name that is longer than 255 bytes', () => {
    const long = 'x'.repeat(63);
    assert.throws(
      () => names([{ service: long, instance: long, environment: long, region: long }]),
      NameError,
    );
  });

  it('refuse what would fill the store', () => {
    const alpn = Array.from({ length: 64 }, () => 'p'.repeat(255));
    const aliases = Array.from({ length: 64 }, (_, at) => `a${at}`);
    assert.throws(() => names([{ alpn, aliases }]), /more than 1000000 characters/);
    assert.equal(names([{ alpn, aliases: aliases.slice(0, 50) }]).length, 51);
  });

  for (const host of [
    'db.docker',
    'DB.example.com.',
    '_x.a-b.docker',
    '10.0.0.1.example',
    '1a',
    '::1',
    '::ffff:10.0.0.1',
  ]) {
    it(`take the host ${host}`, () => assert.equal(names([{ host }]).length, 1));
  }

  it('refuse services of one name that nothing tells apart', () => {
    assert.throws(() => names([{}, {}, {}, {}]), /two services of one container have the name/);
  });

  for (const [says, told] of [
    ['none', undefined],
    ['healthy', 'healthy'],
    ['unhealthy', 'unhealthy'],
  ] as const) {
    it(`tell of a health check that says ${says}`, () => {
      const [value = ''] = recorded([{}], {}, { ...snapshot(), health: says }).records.values();
      assert.equal(decodeService(value).callsign?.health, told);
    });
  }

  it('tell whose they are and where they came from', () => {
    const [value = ''] = recorded([{}]).records.values();
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

  it('tell since when the container has been running', () => {
    const container = snapshot({ State: { Running: true, StartedAt: '2026-11-21T08:15:30.123456789Z' } });
    const [value = ''] = recorded([{}], {}, container).records.values();
    assert.equal(decodeService(value).callsign?.since, '2026-11-21T08:15:30.123Z');
  });
});
