import assert from 'node:assert/strict';
import { decodeService, nameOfKey } from '@callsign/catalog';
import { createLog, systemClock } from '@callsign/daemon';
import { Metrics } from '@callsign/daemon/metrics';
import fc from 'fast-check';
import { ContainerTraces } from '../../src/container-traces.ts';
import { registrarMetrics } from '../../src/metrics.ts';
import { PluginHost } from '../../src/plugins/host.ts';
import { readPlugins, shippedPlugins } from '../../src/plugins/source.ts';
import { DesiredRecords } from '../../src/reconcile/desired.ts';
import type { Records } from '../../src/reconcile/records.ts';
import { snapshot } from '../containers.ts';

const IDENTITY = { node: 'node1', region: 'default', environment: 'dev', domain: 'docker.', ttl: 30 };
const CHAIN = ['labels', 'dnsdock', 'registrator', 'default'];
const MANY_PORTS = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`${at + 1}/tcp`, null]));

/** Words that a container may have in any place, and what comes of them there. */
type Row = readonly [what: string, document: Readonly<Record<string, unknown>>, expected: string | RegExp];

function labelled(labels: Readonly<Record<string, unknown>>, env: readonly unknown[] = []) {
  return { Config: { Image: 'redis:7.2', Labels: labels, Env: env } };
}

describe('containers that nobody trusts', () => {
  let host: PluginHost;
  let lines: Readonly<Record<string, unknown>>[];

  before(async () => {
    const defaults = { ttl: 30, environment: 'dev', region: 'default', domain: 'docker' };
    // All that ship, so that each of them sees whatever the ones before it pass.
    const others = (await shippedPlugins()).map(({ name }) => name).filter((name) => !CHAIN.includes(name));
    const plugins = await readPlugins([...CHAIN.slice(0, -1), ...others, 'default']);
    host = new PluginHost({
      plugins,
      defaults,
      log: createLog({ level: 'error', format: 'json', write: () => undefined }),
    });
    await host.start();
  });
  after(() => host.close());
  beforeEach(() => {
    lines = [];
  });

  async function recordsFor(changes: Readonly<Record<string, unknown>>): Promise<Records> {
    const log = createLog({ level: 'info', format: 'json', write: (line) => lines.push(JSON.parse(line)) });
    const metrics = registrarMetrics(new Metrics());
    const desired = new DesiredRecords({
      plugins: host,
      identity: IDENTITY,
      log,
      metrics,
      traces: new ContainerTraces(),
      clock: systemClock,
    });
    return desired.of(snapshot(changes), new AbortController().signal);
  }

  const ROWS: readonly Row[] = [
    ['a name longer than a label', { Name: `/${'x'.repeat(64)}` }, /longer than 63 bytes/],
    ['a name of 100,000 bytes', { Name: 'x'.repeat(1e5) }, /Instance is longer than 1024/],
    ['no name', { Name: '' }, /empty Instance/],
    ['a name of slashes and dots', { Name: '/../..' }, /leaves nothing/],
    ['a name with control characters', { Name: '/a\u0000\u001b[31mb' }, 'a---31mb.redis.dev.docker.'],
    ['a name in Unicode', { Name: '/bücher' }, 'b-cher.redis.dev.docker.'],
    ['a name of Unicode alone', { Name: '/書' }, /leaves nothing/],
    ['upper case and underscores', { Name: '/My_App' }, 'my-app.redis.dev.docker.'],
    ['a name called __proto__', { Name: '/__proto__' }, 'proto.redis.dev.docker.'],
    [
      'an image with a digest',
      { Config: { Image: `a:5000/b/Redis@sha256:${'0'.repeat(64)}` } },
      'redis1.redis.dev.docker.',
    ],
    ['no image', { Config: { Image: '' } }, /empty Service/],
    [
      'labels called __proto__ and constructor',
      labelled(JSON.parse('{"__proto__":"x","constructor":"y","callsign.__proto__":"z"}')),
      'redis1.redis.dev.docker.',
    ],
    [
      'variables called __proto__',
      labelled({}, ['__proto__=x', 'SERVICE___proto__=x', 'DNSDOCK___proto__=x']),
      'redis1.redis.dev.docker.',
    ],
    [
      'labels of every type',
      labelled({ 'callsign.text': 7, 'callsign.port': null, 'callsign.ttl': { a: [] } }),
      /callsign\.port is "": no number|callsign\.ttl is ""/,
    ],
    [
      '1 MB of environment',
      labelled({}, [`X=${'x'.repeat(1e6)}`, `SERVICE_NAME=${'y'.repeat(1e6)}`]),
      /Service is longer than 1024/,
    ],
    [
      '20,000 variables',
      labelled(
        {},
        Array.from({ length: 20_000 }, (_, at) => `V${at}=x`),
      ),
      'redis1.redis.dev.docker.',
    ],
    [
      '10,000 ports',
      { NetworkSettings: { IPAddress: '10.0.0.1', Ports: MANY_PORTS } },
      'redis1.redis.dev.docker.',
    ],
    [
      '10,000 ports, one service for each',
      {
        ...labelled({ 'callsign.port': 'all' }),
        NetworkSettings: { IPAddress: '10.0.0.1', Ports: MANY_PORTS },
      },
      /returned more than 64 services/,
    ],
    [
      'ports that are none',
      { NetworkSettings: { IPAddress: '10.0.0.1', Ports: { 'x/y': null, '': [] } } },
      'redis1.redis.dev.docker.',
    ],
    ['a port number out of range', labelled({ 'callsign.port': '70000' }), /port must be a whole number/],
    ['a TTL out of range', labelled({ 'com.dnsdock.ttl': '99999999999' }), /ttl must be a whole number/],
    ['a TTL below all ranges', labelled({ 'com.dnsdock.ttl': '-1' }), /ttl must be a whole number/],
    [
      'an address that is none',
      labelled({ 'com.dnsdock.ip_addr': '10.0.0.1; rm' }),
      /Host is neither an address nor a name/,
    ],
    [
      'a text with an escape sequence',
      labelled({ 'callsign.text': '\u001b]0;x\u0007' }),
      /Text has control characters/,
    ],
    [
      'a name of the zone’s own',
      labelled({ 'callsign.service': 'dns', 'callsign.instance': 'ns', 'callsign.environment': '' }),
      /is for records of the zone itself/,
    ],
    ['a service that is a path', labelled({ 'callsign.service': '../../etcd' }), 'redis1.etcd.dev.docker.'],
    [
      'a thousand aliases',
      labelled({ 'callsign.aliases': Array.from({ length: 1_000 }, (_, at) => `a${at}`).join() }),
      /Aliases has more than 64 parts/,
    ],
  ];

  for (const [what, document, expected] of ROWS) {
    it(`has a rule for ${what}`, async () => {
      const records = await recordsFor(document);
      const names = [...records.keys()].map((key) => nameOfKey(key).split('.').slice(3).join('.'));
      const [line, ...more] = lines;
      assert.deepEqual(more, [], 'one line');
      assert.equal(line?.container, '3f2a9c0b17de');
      if (typeof expected === 'string')
        return assert.deepEqual([...new Set(names)], [expected], String(line?.reason));
      assert.deepEqual(names, []);
      assert.match(String(line?.reason), expected);
    });
  }

  it('is never hurt, whatever a container looks like', async () => {
    const pid = await host.pid();
    const word = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', '', '*', '..'),
    );
    const label = fc.oneof(
      word,
      fc
        .tuple(fc.constantFrom('callsign.', 'com.dnsdock.', 'SERVICE_', 'traefik.http.routers.x.'), word)
        .map((parts) => parts.join('')),
      fc.constantFrom(
        'callsign.port',
        'callsign.aliases',
        'SERVICE_NAME',
        'com.dnsdock.alias',
        'traefik.http.routers.x.rule',
      ),
    );
    const document = fc.record({
      Name: fc.oneof(word, fc.jsonValue()),
      Config: fc.oneof(
        fc.jsonValue(),
        fc.record({
          Image: word,
          Env: fc.array(fc.oneof(word, fc.jsonValue())),
          Labels: fc.dictionary(label, word),
        }),
      ),
      NetworkSettings: fc.oneof(
        fc.jsonValue(),
        fc.record({
          IPAddress: word,
          Ports: fc.oneof(fc.jsonValue(), fc.dictionary(word, fc.jsonValue())),
          Networks: fc.jsonValue(),
        }),
      ),
    });
    const published = fc.asyncProperty(document, async (changes) => {
      const records = await recordsFor(changes);
      for (const [key, value] of records) {
        assert.ok(nameOfKey(key).endsWith('.docker.'));
        decodeService(value);
      }
    });
    await fc.assert(published, { numRuns: 300 });
    assert.equal(await host.pid(), pid, 'no container has cost the process');
  });
});
