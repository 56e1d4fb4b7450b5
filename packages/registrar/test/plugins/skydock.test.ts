import assert from 'node:assert/strict';
import { silentLog } from '@callsign/daemon';
import { pluginContainer, pluginSubject } from '../../src/plugins/container.ts';
import { PluginHost } from '../../src/plugins/host.ts';
import type { Draft } from '../../src/plugins/result.ts';
import { readPlugins } from '../../src/plugins/source.ts';
import { CONTAINER, snapshot } from '../containers.ts';
import { type CreateServiceCase, readCases, type SkydockContainer } from '../skydock-cases.ts';

const CASES = readCases();
const DEFAULTS = { ttl: 60, environment: 'dev', region: 'default', domain: 'docker' };
/** Ours, by the file names of skydock. */
const OURS: Readonly<Record<string, string>> = {
  'plugins/default.js': 'default',
  'plugins/containerEnv.js': 'container-env',
};

describe('skydock’s plugin contract', () => {
  const hosts: PluginHost[] = [];

  afterEach(() => Promise.all(hosts.splice(0).map((host) => host.close())));

  async function drafts(
    code: string,
    container = CONTAINER,
    defaults = DEFAULTS,
  ): Promise<readonly Draft[] | undefined> {
    const host = new PluginHost({
      plugins: [{ name: 'test.js', code, shipped: false }],
      defaults,
      log: silentLog,
    });
    hosts.push(host);
    return (await host.run(pluginSubject(container)))?.drafts;
  }

  async function shipped(theirs: string): Promise<string> {
    const [plugin] = await readPlugins([OURS[theirs] ?? '']);
    return plugin?.code ?? '';
  }

  async function service(expression: string): Promise<Draft | undefined> {
    const [draft] =
      (await drafts(`function createService() {
        var s = { Service: 's', Instance: 'i', Host: '10.0.0.1' };
        return Object.assign(s, ${expression});
      }`)) ?? [];
    return draft;
  }

  describe('its own cases', () => {
    for (const each of CASES.create_service) {
      it(each.source, async () => {
        const { environment = 'dev', ttl = 60 } = each;
        const code = await shipped(each.plugin);
        const [draft] = (await drafts(code, asSeen(each.container), { ...DEFAULTS, environment, ttl })) ?? [];
        assert.ok(draft !== undefined);
        const found = inSkydnsWords(draft, each);
        assert.deepEqual(found, each.expected);
      });
    }

    it('cleans image names, by its cases and where it was wrong', async () => {
      const names: readonly (readonly [string, string])[] = [
        ...CASES.utils.clean_image_name.map(({ input, output }) => [input, output] as const),
        ['redis', 'redis'],
        [`redis@sha256:${'a'.repeat(64)}`, 'redis'],
        [`registry:5000/a/redis:7@sha256:${'a'.repeat(64)}`, 'redis'],
        ['registry:5000/redis', 'redis'],
        [`sha256:${'3f2a9c0b17de'.padEnd(64, '0')}`, '3f2a9c0b17de'],
        ['3f2a9c0b17de'.padEnd(64, '0'), '3f2a9c0b17de'],
        ['sha256:3f2a9c0b17de', '3f2a9c0b17de'],
        ['sha256:3f2a', '3f2a'],
      ];
      const code = `function createService() {
        return { Service: 's', Instance: ${JSON.stringify(names)}.map(function (n) { return cleanImageName(n[0]); }).join(), Host: 'h' };
      }`;
      assert.equal((await drafts(code))?.[0]?.instance, names.map(([, clean]) => clean).join());
    });
  });

  describe('globals', () => {
    it('are there at the top level too', async () => {
      const code = `var all = [defaultTTL, defaultEnvironment, defaultRegion, removeSlash('/a/b/')].join('|');
        function createService() { return { Service: 's', Instance: all, Host: 'h' }; }`;
      assert.equal((await drafts(code))?.[0]?.instance, '60|dev|default|ab');
    });

    it('replace a plugin’s own function of the same name', async () => {
      const code = `function cleanImageName() { return 'mine'; }
        function createService(c) { return { Service: cleanImageName(c.Image), Instance: 'i', Host: 'h' }; }`;
      assert.equal((await drafts(code))?.[0]?.service, 'redis');
    });

    it('may be shadowed where skydock could not know: by a const', async () => {
      const code = `const removeSlash = () => 'mine';
        const createService = (c) => ({ Service: 's', Instance: removeSlash(c.Name), Host: 'h' });`;
      assert.equal((await drafts(code))?.[0]?.instance, 'mine');
    });
  });

  describe('coercions', () => {
    for (const [expression, expected] of [
      [
        "{ Service: ['a'], Instance: 7, Environment: true }",
        { service: 'a', instance: '7', environment: 'true' },
      ],
      ['{ Instance: { toString: function () { return "x"; } } }', { instance: 'x' }],
      ["{ Port: '6379', TTL: '15' }", { port: 6379, ttl: 15 }],
      ['{ Port: 80.9, TTL: -0.5 }', { port: 80 }],
      ["{ Port: 'http' }", { port: 0 }],
      [
        '{ Port: null, TTL: undefined, Environment: null, Region: null }',
        { port: 0, ttl: null, environment: null, region: null },
      ],
      ['{ Port: 70000, TTL: -1 }', { port: 70_000, ttl: -1 }],
      ['{ Port: Infinity }', { port: 1e15 }],
      ["{ Environment: '', Region: 'eu' }", { environment: '', region: 'eu' }],
    ] as const) {
      it(`of ${expression}`, async () => {
        const draft = await service(expression);
        const found = Object.keys(expected).map((field) => [field, draft?.[field as keyof Draft]]);
        assert.deepEqual(Object.fromEntries(found), expected);
      });
    }

    // Skydock published the texts "undefined" and "null"; a name that nobody meant helps nobody.
    for (const [expression, message] of [
      ['{ Service: undefined }', /returned a service without Service/],
      ['{ Instance: null }', /returned a service without Instance/],
      ["{ Host: '' }", /returned a service with an empty Host/],
    ] as const) {
      it(`of ${expression} are none: it is refused, by name`, () =>
        assert.rejects(service(expression), message));
    }
  });

  describe('the built-in plugin', () => {
    const PUBLISHED = [{ HostIp: '0.0.0.0', HostPort: '18080' }];
    for (const [ports, port] of [
      [{ '6379/tcp': null }, 6379],
      [{ '8080/tcp': PUBLISHED, '22/tcp': null }, 8080],
      [{ '443/tcp': PUBLISHED, '80/tcp': PUBLISHED }, 80],
      [{}, 80],
    ] as const) {
      it(`takes ${port} from ${JSON.stringify(ports)}: the number at the container’s own address`, async () => {
        const settings = { IPAddress: '10.0.0.1', Ports: ports };
        const container = pluginContainer(snapshot({ NetworkSettings: settings }));
        assert.equal((await drafts(await shipped('plugins/default.js'), container))?.[0]?.port, port);
      });
    }

    it('passes a container that has no address', async () => {
      const container = pluginContainer(snapshot({ NetworkSettings: { IPAddress: '' } }));
      assert.equal(await drafts(await shipped('plugins/default.js'), container), undefined);
    });
  });
});

/** A case's container, completed as the Engine would have it. */
function asSeen({ Image, Name, Config = {}, NetworkSettings }: SkydockContainer) {
  const { IpAddress, Ports } = NetworkSettings;
  const document = { Name, Config: { ...Config, Image }, NetworkSettings: { IPAddress: IpAddress, Ports } };
  return pluginContainer(snapshot(document));
}

function inSkydnsWords(draft: Draft, { expected }: CreateServiceCase): Readonly<Record<string, unknown>> {
  const words: Readonly<Record<string, unknown>> = {
    Name: draft.service,
    Version: draft.instance,
    Host: draft.host,
    TTL: draft.ttl,
    Environment: draft.environment,
    Port: draft.port,
  };
  return Object.fromEntries(Object.keys(expected).map((word) => [word, words[word]]));
}
