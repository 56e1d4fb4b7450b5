import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { silentLog } from '@callsign/daemon';
import { type PluginContainer, pluginContainer, pluginSubject } from '../../src/plugins/container.ts';
import { PluginHost, type PluginResult } from '../../src/plugins/host.ts';
import type { Draft } from '../../src/plugins/result.ts';
import { readPlugins, shippedPlugins } from '../../src/plugins/source.ts';
import { snapshot } from '../containers.ts';
import { serviceSnapshot } from '../services.ts';

interface Metadata {
  readonly name?: string;
  readonly image?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly env?: readonly string[];
  readonly ports?: Readonly<Record<string, unknown>>;
  readonly ip?: string;
  /** The labels of a service of a Swarm, in place of all the others. */
  readonly service?: Readonly<Record<string, string>>;
}

const DEFAULTS = { ttl: 30, environment: 'dev', region: 'default', domain: 'docker' };
const PUBLISHED = [{ HostIp: '0.0.0.0', HostPort: '18080' }];

function container({ name = 'shop-web-2', image = 'registry:5000/shop/web:1.2', ...rest }: Metadata) {
  const { labels = {}, env = [], ports = { '8080/tcp': null }, ip = '172.17.0.4', service } = rest;
  if (service !== undefined) return pluginContainer(serviceSnapshot(service));
  const Networks = ip === '' ? {} : { bridge: { IPAddress: ip }, back: { IPAddress: '10.9.0.4' } };
  const document = {
    Name: `/${name}`,
    Config: { Image: image, Env: env, Labels: labels },
    NetworkSettings: { IPAddress: ip, Ports: ports, Networks },
  };
  return pluginContainer(snapshot(document));
}

/** A container, and for each service that it is given: the fields that count, undefined when it is passed. */
type Row = readonly [what: string, given: Metadata, expected: readonly Partial<Draft>[] | undefined];

/** What every row expects where it says nothing else. */
const USUAL: Partial<Draft> = { service: 'web', instance: 'shop-web-2', host: '172.17.0.4', port: 8080 };

const COMPOSE = {
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': 'web',
  'com.docker.compose.container-number': '2',
};
const SWARM = {
  'com.docker.swarm.service.name': 'shop_web',
  'com.docker.stack.namespace': 'shop',
  'com.docker.swarm.task.name': 'shop_web.2.k3f9',
};
/** The service of `services.ts`, in its two networks. */
const VIRTUAL = {
  service: 'web',
  instance: 'back',
  environment: 'shop',
  host: '10.77.4.66',
  port: 80,
  group: 'virtual shop_back',
  aliases: ['web.shop.docker'],
};
const FRONT = { instance: 'front', host: 'fd00:77::66', group: 'virtual front' };
const RULE = 'traefik.http.routers.shop.rule';

const TABLE: Readonly<Record<string, readonly Row[]>> = {
  default: [
    ['a container', {}, [{ environment: 'dev', ttl: 30 }]],
    ['a digest', { image: `redis@sha256:${'a'.repeat(64)}` }, [{ service: 'redis' }]],
    ['several ports', { ports: { '9000/tcp': null, '80/tcp': null } }, [{ port: 80 }]],
    ['a published port', { ports: { '80/tcp': null, '8080/tcp': PUBLISHED } }, [{ port: 8080 }]],
    ['no port', { ports: {} }, [{ port: 80 }]],
    ['no address', { ip: '' }, undefined],
  ],
  'container-env': [
    ['nothing said', {}, [{ port: 80, environment: 'dev', ttl: 30 }]],
    [
      'everything said',
      {
        env: [
          'DNS_SERVICE=db',
          'DNS_INSTANCE=db1',
          'DNS_ENVIRONMENT=test',
          'DNS_REGION=eu',
          'DNS_TTL=5',
          'DNS_PORT=1',
        ],
      },
      [{ service: 'db', instance: 'db1', environment: 'test', region: 'eu', ttl: 5, port: 1 }],
    ],
  ],
  dnsdock: [
    ['nothing said', {}, undefined],
    ['another dialect', { env: ['SERVICE_NAME=x'], labels: { 'callsign.service': 'x' } }, undefined],
    [
      'labels',
      {
        labels: {
          'com.dnsdock.name': 'master',
          'com.dnsdock.image': 'mysql',
          'com.dnsdock.ttl': '7',
          'com.dnsdock.alias': 'db.docker, sql.docker',
        },
      },
      [{ service: 'mysql', instance: 'master', ttl: 7, aliases: ['db.docker', 'sql.docker'] }],
    ],
    [
      'a variable against a label',
      { labels: { 'com.dnsdock.name': 'label' }, env: ['DNSDOCK_NAME=variable', 'DNSDOCK_TTL=9'] },
      [{ instance: 'variable', ttl: 9 }],
    ],
    ['tags', { labels: { 'com.dnsdock.tags': 'master,other' } }, [{ instance: 'master' }]],
    ['an address', { env: ['DNSDOCK_IPADDRESS=192.0.2.1'] }, [{ host: '192.0.2.1' }]],
    ['a prefix', { labels: { 'com.dnsdock.prefix': '10.' } }, [{ host: '10.9.0.4' }]],
    ['a prefix that nothing has', { labels: { 'com.dnsdock.prefix': '192.' } }, []],
    [
      'a region',
      { labels: { 'com.dnsdock.region': 'us2', 'com.dnsdock.name': 'a' } },
      [{ region: 'us2', instance: 'a', aliases: ['a.web.us2.dev.docker'] }],
    ],
    [
      'an image with a dot',
      { image: 'domain.com/tonistiigi/bar.baz:latest', env: ['DNSDOCK_NAME=a'] },
      [{ service: 'bar.baz', instance: 'a', aliases: ['a.bar.baz.dev.docker'] }],
    ],
  ],
  registrator: [
    ['nothing said', {}, undefined],
    ['only an empty mark to ignore', { env: ['SERVICE_IGNORE='] }, undefined],
    ['a name', { env: ['SERVICE_NAME=shop'] }, [{ service: 'shop', protocol: 'tcp' }]],
    [
      'a label against a variable',
      { env: ['SERVICE_NAME=variable'], labels: { SERVICE_NAME: 'label' } },
      [{ service: 'label' }],
    ],
    [
      'several ports',
      { env: ['SERVICE_NAME=dns'], ports: { '80/tcp': PUBLISHED, '53/tcp': null, '53/udp': null } },
      [
        { service: 'dns-80', port: 80, protocol: 'tcp' },
        { service: 'dns-53', port: 53, protocol: 'tcp' },
        { service: 'dns-53', port: 53, protocol: 'udp', aliases: ['udp.dns-53.dev.docker'] },
      ],
    ],
    [
      'ports by number',
      {
        env: ['SERVICE_80_NAME=web', 'SERVICE_443_NAME=tls', 'SERVICE_443_ID=t1', 'SERVICE_9000_IGNORE=yes'],
        ports: { '80/tcp': null, '443/tcp': null, '9000/tcp': null },
      },
      [
        { service: 'web', port: 80 },
        { service: 'tls', instance: 't1', port: 443 },
      ],
    ],
    ['every port left out', { env: ['SERVICE_8080_IGNORE=1'] }, []],
    ['no port', { env: ['SERVICE_NAME=job'], ports: {} }, [{ service: 'job', port: 0 }]],
    ['an id', { env: ['SERVICE_ID=one', 'SERVICE_TAGS=a'] }, [{ instance: 'one' }]],
    [
      'tags, and what can be no label',
      { env: [`SERVICE_TAGS=a\\,b, urlprefix-/x, Master,other,-x,${'y'.repeat(64)}`] },
      [{ instance: 'Master', aliases: ['master.web.dev.docker', 'other.web.dev.docker'] }],
    ],
    [
      'tags of one port',
      {
        env: ['SERVICE_NAME=my_shop', 'SERVICE_TAGS=blue', 'SERVICE_443_TAGS=green,tls'],
        ports: { '80/tcp': null, '443/tcp': null },
      },
      [
        { service: 'my_shop-80', port: 80, instance: 'blue', aliases: ['blue.my-shop-80.dev.docker'] },
        {
          service: 'my_shop-443',
          port: 443,
          instance: 'green',
          aliases: ['green.my-shop-443.dev.docker', 'tls.my-shop-443.dev.docker'],
        },
      ],
    ],
    ['a region', { env: ['SERVICE_NAME=a', 'SERVICE_REGION=us2'] }, [{ service: 'a', region: 'us2' }]],
  ],
  compose: [
    ['no Compose', {}, undefined],
    ['a replica', { labels: COMPOSE }, [{ instance: '2', environment: 'shop' }]],
    ['a one-off command', { labels: { ...COMPOSE, 'com.docker.compose.oneoff': 'True' } }, undefined],
    ['no address', { labels: COMPOSE, ip: '' }, undefined],
  ],
  swarm: [
    ['no Swarm', {}, undefined],
    [
      'a task of a stack',
      { labels: SWARM },
      [
        {
          service: 'web',
          instance: '2',
          environment: 'shop',
          group: 'tasks',
          aliases: ['tasks.web.shop.docker'],
        },
      ],
    ],
    ['a service', { service: {} }, [VIRTUAL, { ...VIRTUAL, ...FRONT, aliases: [] }]],
    [
      'a service whose label names the network that counts',
      { service: { 'callsign.network': 'front' } },
      [
        { ...VIRTUAL, aliases: [] },
        { ...VIRTUAL, ...FRONT },
      ],
    ],
    [
      'a task of a service by itself, with a dot in its name',
      { labels: { 'com.docker.swarm.service.name': 'a.b', 'com.docker.swarm.task.name': 'a.b.1.x' } },
      [{ service: 'a.b', instance: '1', environment: 'dev' }],
    ],
  ],
  traefik: [
    ['no rule', { labels: { 'traefik.enable': 'true' } }, undefined],
    ['a host', { labels: { [RULE]: 'Host(`shop.docker`)' } }, [{ aliases: ['shop.docker'] }]],
    [
      'several hosts, and what is none',
      {
        labels: {
          [RULE]:
            '(Host(`A.docker`, "b.docker") || Host(`c.docker`)) && !Host(`d.docker`) && HostRegexp(`e.docker`)',
        },
      },
      [{ aliases: ['a.docker', 'b.docker', 'c.docker'] }],
    ],
    [
      'hosts as Traefik takes them too, and one that is none whatever stands in between',
      { labels: { [RULE]: 'host(`a.docker`) || HOST (`b.docker`) && ! Host(`c.docker`)' } },
      [{ aliases: ['a.docker', 'b.docker'] }],
    ],
    ['a host outside the domain', { labels: { [RULE]: 'Host(`shop.example.com`)' } }, undefined],
    [
      'Traefik 1',
      { labels: { 'traefik.frontend.rule': 'Host:a.docker,b.docker;PathPrefix:/x' } },
      [{ aliases: ['a.docker', 'b.docker'] }],
    ],
    [
      'TCP',
      { labels: { 'traefik.tcp.routers.db.rule': 'HostSNI(`db.docker`)' } },
      [{ aliases: ['db.docker'] }],
    ],
    [
      'a server port and an address of the proxy',
      {
        labels: {
          [RULE]: 'Host(`a.docker`)',
          'traefik.http.services.s.loadbalancer.server.port': '3000',
          'callsign.host': '192.0.2.1',
        },
      },
      [{ port: 3000, host: '192.0.2.1' }],
    ],
    ['a switched-off one', { labels: { 'traefik.enable': 'false', [RULE]: 'Host(`a.docker`)' } }, undefined],
    [
      'one that is switched off in other words',
      { labels: { 'Traefik.Enable': 'False', [RULE]: 'Host(`a.docker`)' } },
      undefined,
    ],
  ],
  labels: [
    ['nothing said', {}, undefined],
    [
      'only what is no field',
      { labels: { 'callsign.network': 'back', 'callsign.ignore': 'false' } },
      undefined,
    ],
    [
      'everything said',
      {
        labels: {
          'callsign.service': 's',
          'callsign.instance': 'i',
          'callsign.environment': '',
          'callsign.region': 'eu',
          'callsign.host': '192.0.2.1',
          'callsign.ttl': '5',
          'callsign.port': '443',
          'callsign.port-name': 'https',
          'callsign.protocol': 'tcp',
          'callsign.scheme': 'https',
          'callsign.alpn': 'h2, http/1.1',
          'callsign.priority': '1',
          'callsign.weight': '2',
          'callsign.text': 'a text, with a comma',
          'callsign.group': 'g',
          'callsign.mail': 'true',
          'callsign.aliases': 'a.docker, *.b.docker',
        },
      },
      [
        {
          service: 's',
          instance: 'i',
          environment: '',
          region: 'eu',
          host: '192.0.2.1',
          ttl: 5,
          port: 443,
          portName: 'https',
          protocol: 'tcp',
          scheme: 'https',
          alpn: ['h2', 'http/1.1'],
          priority: 1,
          weight: 2,
          text: 'a text, with a comma',
          group: 'g',
          mail: true,
          aliases: ['a.docker', '*.b.docker'],
        },
      ],
    ],
    [
      'ports',
      { labels: { 'callsign.port': '80, 53/udp', 'callsign.80.port-name': 'http' }, ports: {} },
      [
        { port: 80, portName: 'http', protocol: null },
        { port: 53, portName: null, protocol: 'udp' },
      ],
    ],
    [
      'all ports',
      { labels: { 'callsign.port': 'all' }, ports: { '53/udp': null, '53/tcp': null } },
      [
        { port: 53, protocol: 'tcp' },
        { port: 53, protocol: 'udp' },
      ],
    ],
    [
      'labels of single ports alone',
      { labels: { 'callsign.80.service': 'web', 'callsign.9090.service': 'metrics' } },
      [
        { service: 'web', port: 80 },
        { service: 'metrics', port: 9090 },
      ],
    ],
    ['no address', { labels: { 'callsign.service': 's' }, ip: '' }, undefined],
  ],
};

describe('shipped plugins', () => {
  it('are all in this table, each with a caption', async () => {
    const shipped = await shippedPlugins();
    assert.deepEqual(shipped.map(({ name }) => name).sort(), Object.keys(TABLE).sort());
    for (const { name, caption } of shipped) assert.match(caption, /^.{20,}[.;]/, name);
  });

  for (const [name, rows] of Object.entries(TABLE)) {
    describe(`${name}.js`, () => {
      const asked = asking(name);
      for (const [what, given, expected] of rows) {
        it(`${expected === undefined ? 'passes' : 'names'} ${what}`, async () => {
          const result = await asked(container(given));
          if (expected === undefined) return assert.equal(result, undefined);
          assert.deepEqual(
            result?.drafts.map((draft, at) => pick(draft, { ...USUAL, ...expected[at] })),
            expected.map((draft) => ({ ...USUAL, ...draft })),
          );
        });
      }
    });
  }

  describe('labels.js', () => {
    const asked = asking('labels');
    it('refuses a number that is none, by its name', () =>
      assert.rejects(
        asked(container({ labels: { 'callsign.port': 'http' } })),
        /threw Error: callsign\.port is "http": no number/,
      ));
  });
});

const DNSDOCK = JSON.parse(
  readFileSync(new URL('../../../../test/cases/dnsdock.json', import.meta.url), 'utf8'),
) as {
  readonly image_name: { readonly cases: Readonly<Record<string, string>> };
  readonly container_name: { readonly cases: Readonly<Record<string, string>> };
  readonly split_env: {
    readonly cases: readonly {
      readonly input: readonly string[];
      readonly output: Readonly<Record<string, string>>;
    }[];
  };
  readonly env_override: {
    readonly base: { readonly name: string; readonly image: string };
    readonly cases: readonly {
      readonly env: Readonly<Record<string, string>>;
      readonly ignored?: boolean;
      readonly name?: string;
      readonly image?: string;
      readonly ttl?: number;
    }[];
  };
};

describe('dnsdock’s own cases', () => {
  const asked = asking('labels', 'dnsdock', 'registrator', 'default');

  for (const { env, ignored, name, image, ttl } of DNSDOCK.env_override.cases) {
    // Ignoring is no plugin's matter: see marks.test.ts.
    if (ignored) continue;
    it(`overrides from ${JSON.stringify(env)}`, async () => {
      const { base } = DNSDOCK.env_override;
      const lines = Object.entries(env).map(([key, value]) => `${key}=${value}`);
      const result = await asked(container({ name: base.name, image: base.image, env: lines }));
      const [draft] = result?.drafts ?? [];
      // dnsdock joins image and region; here the region is a label of its own.
      const joined = draft?.region ? `${draft.service}.${draft.region}` : draft?.service;
      assert.deepEqual([draft?.instance, joined, draft?.ttl ?? undefined], [name, image, ttl]);
    });
  }

  it('cleans the names of images and containers', async () => {
    for (const [image, clean] of Object.entries(DNSDOCK.image_name.cases)) {
      const result = await asked(container({ image, env: ['DNSDOCK_TTL=1'] }));
      assert.equal(result?.drafts[0]?.service, clean);
    }
    for (const [name, clean] of Object.entries(DNSDOCK.container_name.cases)) {
      const result = await asked({ ...container({ env: ['DNSDOCK_TTL=1'] }), Name: name });
      assert.equal(result?.drafts[0]?.instance, clean);
    }
  });

  it('splits the environment', async () => {
    const code = `function createService(c) {
      return { Service: 's', Instance: JSON.stringify(callsign.env(c)), Host: '10.0.0.1' };
    }`;
    const host = new PluginHost({
      plugins: [{ name: 'env.js', code, shipped: false }],
      defaults: DEFAULTS,
      log: silentLog,
    });
    try {
      for (const { input, output } of DNSDOCK.split_env.cases) {
        const result = await host.run(pluginSubject(container({ env: input })));
        assert.deepEqual(JSON.parse(result?.drafts[0]?.instance ?? ''), output);
      }
    } finally {
      await host.close();
    }
  });
});

/** A host with these shipped plugins, for one suite. */
function asking(
  ...names: readonly string[]
): (container: PluginContainer) => Promise<PluginResult | undefined> {
  let host: PluginHost;
  before(async () => {
    host = new PluginHost({ plugins: await readPlugins(names), defaults: DEFAULTS, log: silentLog });
    await host.start();
  });
  after(() => host.close());
  return (subject) => host.run(pluginSubject(subject));
}

function pick(draft: Draft, fields: Partial<Draft>): Partial<Draft> {
  return Object.fromEntries(Object.keys(fields).map((field) => [field, draft[field as keyof Draft]]));
}
